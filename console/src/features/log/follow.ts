/** Whether the log stays at its end as lines arrive. */
export type Follow = { readonly phase: 'following' } | { readonly phase: 'held'; readonly since: number }

export type FollowEvent =
  /** A person moved towards older lines: by wheel, key, bar or finger. */
  | { readonly kind: 'moved_up'; readonly last: number }
  /** A person came back to the end by themselves. */
  | { readonly kind: 'reached_end' }
  /** Asked for: `G`, the button. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'toggled'; readonly last: number }
  /** A line was jumped to: a permalink, a hit, an error. */
  | { readonly kind: 'jumped'; readonly last: number }

export const FOLLOWING: Follow = { phase: 'following' }

/** `last` is the newest line at that moment: what comes after it is new to whoever looks at something else. */
export function follow(now: Follow, event: FollowEvent): Follow {
  switch (event.kind) {
    case 'reached_end':
    case 'asked':
      return FOLLOWING
    case 'toggled':
      return now.phase === 'following' ? { phase: 'held', since: event.last } : FOLLOWING
    case 'moved_up':
    case 'jumped':
      return now.phase === 'held' ? now : { phase: 'held', since: event.last }
  }
}

export function newLines(now: Follow, last: number): number {
  return now.phase === 'held' ? Math.max(0, last - now.since) : 0
}
