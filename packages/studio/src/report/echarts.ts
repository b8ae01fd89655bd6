import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import { color, init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";

// What the report's charts are made of: the page loads no more.
use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, LabelLayout, MarkLineComponent, SVGRenderer]);

export { color, init };
