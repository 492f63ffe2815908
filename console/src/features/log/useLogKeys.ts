import type { Translate } from '@/ui/i18n/messages'
import { type Key, useKeys } from '@/ui/keys'

interface Deeds {
  isSearching: () => boolean
  isFull: () => boolean
  follow: () => void
  end: () => void
  begin: () => void
  search: () => void
  hit: (by: 1 | -1) => void
  error: (by: 1 | -1) => void
  wrap: () => void
  time: () => void
  levels: () => void
  full: () => void
  leave: () => void
}

/** The keys of the log. `g` alone begins `g r` and the like, so the beginning of the log is `g g`. */
export function useLogKeys(deeds: Deeds, t: Translate): void {
  useKeys((): Key[] => {
    const key = (keys: string, does: string, run: () => void, when?: () => boolean): Key => ({
      keys,
      does,
      run,
      group: t('title'),
      ...(when ? { when } : {}),
    })
    return [
      key('f', t('followDoes'), deeds.follow),
      key('G', t('toEnd'), deeds.end),
      key('g g', t('toBegin'), deeds.begin),
      key('/', t('searchDoes'), deeds.search),
      key('n', t('nextHit'), () => deeds.hit(1), deeds.isSearching),
      key('N', t('previousHit'), () => deeds.hit(-1), deeds.isSearching),
      key('e', t('nextError'), () => deeds.error(1)),
      key('E', t('previousError'), () => deeds.error(-1)),
      key('w', t('wrapDoes'), deeds.wrap),
      key('t', t('timeDoes'), deeds.time),
      key('l', t('levelsDoes'), deeds.levels),
      key('F', t('fullScreen'), deeds.full),
      key('Escape', t('leaveFullScreen'), deeds.leave, deeds.isFull),
    ]
  })
}
