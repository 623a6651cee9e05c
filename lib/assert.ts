/** Stands in bundles for `node:assert/strict`, which loads a comparison of everything to say what we never ask. */
function assert(holds: unknown, about = 'An assertion does not hold.'): asserts holds {
  if (!holds) throw new Error(about);
}

export { assert as default };
