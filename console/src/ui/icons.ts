/** Stands for `@iconify/vue` in the build (vite.config.ts): the icons are in the bundle, so nothing needs to know how to fetch any. */
import { defineComponent, h } from 'vue'

export interface IconData {
  body: string
  width?: number
  height?: number
}

const icons = new Map<string, IconData>()
const usualSize = 24

/** `lucide:play`, `lucide-play` and `i-lucide-play` are one icon. */
const keyOf = (name: string) => name.replace(/^i-/, '').replace(':', '-')

/** Only the build calls this, with icons of its own: what is drawn was never sent by anybody. */
export function addIcon(name: string, data: IconData): boolean {
  icons.set(keyOf(name), data)
  return true
}

export const iconLoaded = (name: string): boolean => icons.has(keyOf(name))

export const Icon = defineComponent({
  name: 'HeadwayIcon',
  props: { icon: { type: String, required: true }, width: { type: [String, Number] }, height: { type: [String, Number] } },
  setup(props) {
    return () => {
      const icon = icons.get(keyOf(props.icon))
      return h('svg', {
        xmlns: 'http://www.w3.org/2000/svg',
        viewBox: `0 0 ${icon?.width ?? usualSize} ${icon?.height ?? usualSize}`,
        width: props.width ?? '1em',
        height: props.height ?? '1em',
        role: 'img',
        'aria-hidden': 'true',
        innerHTML: icon?.body ?? '',
      })
    }
  },
})
