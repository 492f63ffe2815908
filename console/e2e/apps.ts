/** What an authenticator app does. */
import { createHmac } from 'node:crypto'

import { expect, type Page } from '@playwright/test'

/** What an app with this secret shows (RFC 6238), some half minutes from now: each code is good once. */
export function codeOf(secret: string, steps = 0): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** On the page of one's account: set an app up, and keep what it says this once. */
export async function enrol(page: Page): Promise<{ secret: string; codes: string[] }> {
  await page.getByRole('button', { name: 'Set up an app' }).click()
  const secret = ((await page.locator('[data-part=secret]').textContent()) ?? '').replaceAll(' ', '')
  await page.getByLabel('Then type the code that it shows').fill(codeOf(secret))
  await page.getByRole('button', { name: 'Ask for it from now on' }).click()
  await expect(page.locator('[data-part=recovery-codes] li')).toHaveCount(10)
  return { secret, codes: await page.locator('[data-part=recovery-codes] li').allTextContents() }
}
