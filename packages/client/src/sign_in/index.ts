/** Keeps a program signed in, as `headway login` does. */

export { SignIn, SignInEnded } from './sign_in'
export type { Lock, SignInOptions } from './sign_in'
export { memoryStorage } from './storage'
export type { KeptTokens, TokenStorage } from './storage'
export { Problem, Unreachable } from '../rest/problem'
