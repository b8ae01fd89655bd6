/** A port with nobody at the other end. */
let nowhere: InstanceType<typeof MessageChannel>["port1"] | undefined;

/**
 * Frees array buffers now, not when garbage is next collected: ones of hundreds of megabytes would pile up until then. They
 * are handed to a port that passes nothing on; where a runtime does not let go of one, they are left to the collector.
 */
export function discard(buffers: readonly ArrayBuffer[]): void {
  if (!nowhere) {
    const { port1, port2 } = new MessageChannel();
    port2.close();
    nowhere = port1;
  }
  try {
    nowhere.postMessage(null, [...buffers]);
  } catch {
    // Memory that cannot be handed over.
  }
}
