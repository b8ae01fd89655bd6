/** Where models are fetched from: what the page says, which `taskhead studio` sets. */
export function hubAddress(): string {
  const said = document.querySelector<HTMLMetaElement>('meta[name="hub"]')?.content;
  return (said || "https://huggingface.co").replace(/\/+$/, "");
}
