/** Puts text on the clipboard; over plain http the browser has no clipboard to write to, and the old way still works. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement
  const area = document.createElement('textarea')
  area.value = text
  area.setAttribute('readonly', '')
  area.style.position = 'fixed'
  area.style.opacity = '0'
  // Inside an open dialog focus may not leave it.
  const place = focused?.closest('[role=dialog]') ?? document.body
  place.append(area)
  area.select()
  let isCopied = false
  try {
    isCopied = document.execCommand('copy')
  } catch {
    isCopied = false
  }
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return isCopied
}
