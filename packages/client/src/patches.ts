/** JSON Merge Patch (RFC 7396), without changing anything in place: what did not change keeps its identity. */

type Tree = Record<string, unknown>

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `target` after `patch`; null removes, objects merge, all else replaces. */
export function applyPatch<T extends object>(target: T, patch: object): T {
  const result: Tree = { ...(target as Tree) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key)
    else define(result, key, isTree(value) ? applyPatch(own(result, key), value) : value)
  }
  return result as T
}

/** One patch that does what `first` and then `then` would. Unlike `applyPatch` it keeps null, because a removal must still be said. */
export function foldPatches(first: object, then: object): Tree {
  const result: Tree = { ...(first as Tree) }
  for (const [key, value] of Object.entries(then)) {
    const before = Object.hasOwn(result, key) ? result[key] : undefined
    define(result, key, isTree(value) && isTree(before) ? foldPatches(before, value) : value)
  }
  return result
}

function own(tree: Tree, key: string): Tree {
  const value = Object.hasOwn(tree, key) ? tree[key] : undefined
  return isTree(value) ? value : {}
}

/** Names come from outside: one that is called `__proto__` is a name like any other. */
export function define(tree: Tree, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(tree, key, { value, enumerable: true, configurable: true, writable: true })
  else tree[key] = value
}
