/**
 * All of ECharts in one file, of which the package declares no types: tsconfig.base.json points the compiler here instead. Its
 * six hundred modules take the command half a second to load.
 */
export { color, init } from "echarts";
