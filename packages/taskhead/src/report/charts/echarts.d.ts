/** All of ECharts in one file: of its six hundred modules the command would load half a second long. */
declare module "echarts/dist/echarts.esm.min" {
  export { color, init } from "echarts";
}
