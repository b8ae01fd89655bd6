/** The last part of a dotted path, or of one with slashes, without what TensorFlow adds. */
function ownName(name: string): string {
  return (
    name
      .replace(/(\/Read)?(\/ReadVariableOp)?(:\d+)?$/, "")
      .split(/[./]/)
      .at(-1) ?? name
  );
}

/** Buffers of well-known libraries (PyTorch's register_buffer), which no one trains. */
const buffers =
  /^(original_)?inv_freq$|^(relative_)?position_(ids|index|indices)$|^(relative|rel)_(pos|position|coords)_(index|table_index|table)$|^relative_coords_table$|^((causal|attention|attn)_)?mask$|^masked_bias$|^(sin|cos)(_cached|_table)?$|^freqs(_cis|_cos|_sin)?$|^embed_scale$|^(mel_filters|fbank|dct_mat|window)$|^(pixel|image)_(mean|std)$|^anchors?(_grid|_points)?$|^running_(mean|var)$|^positional_encoding_gaussian_matrix$/;

export function isNameOfBuffer(name: string): boolean {
  return buffers.test(ownName(name));
}

/** What a single number is called at the root of a model, where no path tells it from an exporter's constant. */
const learned =
  /^(log_?)?(scale|temperature|temp|tau|alpha|beta|gamma|eps|weight|bias|slope|shift|gain|gate|coef|lambda|theta|p)(_?\d+)?$|_(scale|bias|weight|temperature|alpha|beta|gamma|token|embed)$/i;

/**
 * Whether a name is one that a framework gives a parameter: a dotted path to it (`layers.0.eps`), a variable that is read,
 * or, at the root, a word for what is learned (`logit_scale`). Exporters call constants `onnx::Add_12`,
 * `/net/Constant_output_0`, `val_12`, `full`.
 */
export function isNameOfParameter(name: string): boolean {
  if (/ReadVariableOp/.test(name)) return true;
  if (/::|^\/|Constant|constant|const_fold|~/.test(name)) return false;
  return /^[A-Za-z_]\w*(\.\w+)+$/.test(name) || learned.test(name);
}
