/** Replaces the package `semver` in bundles (lib/bundle.ts): the X-Ray SDK calls only this, and functions are 28 KB smaller. */
export const gte = (version: string, than: string): boolean =>
  version.localeCompare(than, 'en', { numeric: true }) >= 0;
