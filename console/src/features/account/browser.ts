const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\bMicroMessenger\/(\d+)/, 'WeChat'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** `Firefox 139, Linux` for what a browser says of itself; null: it says nothing that is known. */
export function browserOf(userAgent: string): string | null {
  const browser = BROWSERS.map(([shape, name]) => ({ name, version: shape.exec(userAgent)?.[1] })).find(({ version }) => version)
  const system = SYSTEMS.find(([shape]) => shape.test(userAgent))?.[1]
  const named = browser ? `${browser.name} ${browser.version}` : undefined
  return named && system ? `${named}, ${system}` : (named ?? system ?? null)
}
