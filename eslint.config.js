import { fileURLToPath } from 'node:url'
import vue from 'eslint-plugin-vue'
import { defineConfig, globalIgnores } from 'eslint/config'
import typescript from 'typescript-eslint'

/** Rooms of the console, from the left to the right: each imports only what stands to its right. */
const rooms = ['pages', 'features', 'live', 'ui']

/** What the files of a room may not import. `ui` draws; of Headway it knows types and nothing else. */
function closedTo(room) {
  const left = rooms.slice(0, rooms.indexOf(room))
  const patterns = left.map((name) => ({
    regex: `^(@/|(\\.\\./)+)${name}(/|$)`,
    message: `Rooms import to the right only: ${rooms.join(' > ')}.`,
  }))
  if (room === 'ui')
    patterns.push({ regex: '^@headway/client', allowTypeImports: true, message: 'The room `ui` knows types of Headway only.' })
  return patterns
}

const oneDirection = rooms.map((room) => ({
  files: [`console/src/${room}/**/*.{ts,vue}`],
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: closedTo(room) }] },
}))

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/coverage/',
    '**/test-results/',
    '**/playwright-report/',
    '**/generated/',
    '**/.venv*/',
    'docs/',
    'src/',
    'examples/',
    'tests/',
    'bench/',
  ]),
  typescript.configs.strict,
  vue.configs['flat/recommended'],
  {
    files: ['**/*.{ts,vue}'],
    languageOptions: { parserOptions: { parser: typescript.parser, extraFileExtensions: ['.vue'], sourceType: 'module' } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // vue-tsc knows every name, and knows those of templates too.
      'no-undef': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'vue/no-v-html': 'error',
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/define-macros-order': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-unused-emit-declarations': 'error',
      'vue/no-bare-strings-in-template': [
        'error',
        { allowlist: ['·', '/', '…', '–', '×', '%', ':', '(', ')', ',', '→', '⌘', '#', '+', '-'] },
      ],
      // A required prop of a page comes from its route.
      'vue/require-default-prop': 'off',
      'vue/multi-word-component-names': 'off',
    },
  },
  { files: ['**/*.test.ts', '**/e2e/**'], rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' } },
  {
    files: ['**/scripts/**', '**/*.config.{js,ts,mjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
    rules: { 'no-console': 'off' },
  },
  // A declaration must not import, or it would not be global.
  { files: ['**/*.d.ts'], rules: { '@typescript-eslint/consistent-type-imports': 'off' } },
  oneDirection,
  // Prettier sees to the look; these would quarrel with it.
  {
    files: ['**/*.vue'],
    rules: Object.fromEntries(
      [
        'html-indent',
        'html-self-closing',
        'html-closing-bracket-newline',
        'max-attributes-per-line',
        'singleline-html-element-content-newline',
        'multiline-html-element-content-newline',
        'first-attribute-linebreak',
        'attributes-order',
      ].map((rule) => [`vue/${rule}`, 'off']),
    ),
  },
  { files: ['console/**'], languageOptions: { parserOptions: { tsconfigRootDir: fileURLToPath(new URL('console', import.meta.url)) } } },
)
