/** What classes are scored by. ROC-AUC is of two: how well q₁ − q₀ tells the second from the first. */
export const classMetrics = ["accuracy", "roc-auc"] as const;

export type ClassMetric = (typeof classMetrics)[number];
