/** Says that something is not plainly usual. Whoever catches it leaves the call to the SDK, which knows what it means. */
export function doubt(about: string): never {
  throw new Error(about);
}
