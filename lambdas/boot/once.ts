/** Keeps connections to chains for as long as the function lives. */

/** Connects to each of them once, by its key. After a failure the next call connects again. */
export function once<K, T>(
  connect: (one: K) => Promise<T>,
  keyOf: (one: K) => string = String,
): (one: K) => Promise<T> {
  const connected = new Map<string, Promise<T>>();
  return async (one) => {
    const key = keyOf(one);
    const connecting = connected.get(key) ?? connect(one);
    connected.set(key, connecting);
    try {
      return await connecting;
    } catch (error) {
      connected.delete(key);
      throw error;
    }
  };
}
