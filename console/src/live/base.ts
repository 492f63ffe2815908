/** The path that everything of this server stands under, without a slash at the end: `""`, or `/headway` where it is mounted. */
export const basePath = (document.querySelector('meta[name=headway-base]')?.getAttribute('content') ?? '/').replace(/\/$/, '')

/** Where this server answers: origin and path. */
export const serverUrl = location.origin + basePath

/** The place within the console that the page's address names. */
export function placeOfPage(): string {
  return location.pathname.slice(basePath.length) || '/'
}
