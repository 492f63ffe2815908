import { useToast } from '@nuxt/ui/composables'

export interface Telling {
  title: string
  body?: string
  tone?: 'neutral' | 'success' | 'warning' | 'error'
  /** A button in it. */
  action?: { label: string; run: () => void }
}

const icons = {
  neutral: 'i-lucide-info',
  success: 'i-lucide-circle-check',
  warning: 'i-lucide-triangle-alert',
  error: 'i-lucide-circle-x',
}

/** Short news that need no answer. Trouble that the person must see stays until it is closed. */
export function useToasts() {
  const toast = useToast()
  return {
    tell({ title, body, tone = 'neutral', action }: Telling): void {
      toast.add({
        title,
        ...(body ? { description: body } : {}),
        color: tone,
        icon: icons[tone],
        duration: tone === 'error' ? 0 : 5000,
        ...(action ? { actions: [{ label: action.label, color: 'neutral', variant: 'subtle', onClick: action.run }] } : {}),
      })
    },
  }
}
