import type { TokenStorage } from '../src/sign_in'

export function fileStorage(path: string): TokenStorage
