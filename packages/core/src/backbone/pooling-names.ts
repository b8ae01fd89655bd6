/**
 * Ways to make one vector of a sample of those of its tokens or nodes: their mean (of tokens, over the mask), the first, the
 * last that the mask holds; `pooler`, what the model itself makes of the first (a linear layer and tanh); the sum, of nodes;
 * `none`, where the model gives one vector a sample.
 */
export const poolingNames = ["mean", "cls", "last", "pooler", "sum", "none"] as const;

export type PoolingName = (typeof poolingNames)[number];
