import type { Tabs } from "./tabs.js";

/** Packages that the page and its workers contain, and what their notices say. */
const expected: Readonly<Record<string, RegExp>> = {
  "@rdkit/rdkit": /BSD-3-Clause[^]*Rational Discovery/,
  "onnxruntime-web": /MIT[^]*Microsoft Corporation/,
  echarts: /Apache-2\.0[^]*Apache License/,
  preact: /MIT[^]*Permission is hereby granted/,
  "@zip.js/zip.js": /BSD-3-Clause[^]*Gildas Lormeau/,
  fflate: /MIT[^]*Permission is hereby granted/,
  "@huggingface/tokenizers": /Apache-2\.0[^]*Apache License/,
};

/** The foot of the page leads to the licence notices of all that it contains, those of what its workers load too. */
export async function checkLicences(tabs: Tabs): Promise<void> {
  const page = await tabs.tab();
  await tabs.shot(page, "35-foot");
  await page.click("footer a");
  await page.waitForURL("**/licences.txt");
  const parts = (await page.innerText("body")).split(/^-{80}$/m);
  const names = parts.slice(1).map((part) => part.trim().split(" ")[0]!);
  const lacking = Object.entries(expected).flatMap(([name, notice]) =>
    parts.some((part) => part.trim().startsWith(`${name} `) && notice.test(part)) ? [] : [name],
  );
  tabs.check("the page's foot leads to the licences of what it contains", lacking.length === 0, names.join(" "));
  await page.context().close();
}
