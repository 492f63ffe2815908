import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'

import { signOut } from '@/live/session'
import { i18n } from '@/ui/i18n/i18n'
import { settings } from '@/ui/settings'

import { open } from './testing/console'
import { ModelServer, ownAccount, problem } from './testing/server'

let server: ModelServer
beforeEach(async () => {
  server = new ModelServer()
  settings.language.value = 'en'
  i18n.global.locale.value = 'en'
  await signOut()
  server.isSignedIn = true
  server.permissions = ['user:admin', 'grant:edit', 'role:edit']
  lists('accounts', ada, { ...ada, name: 'boris', display_name: 'Boris', locked_until: at })
  lists('groups', { name: 'class-7', description: 'Teachers', members: ['ada'], created_at: at, created_by: 'ada' })
  lists('grants', { id: 'g1', account: null, group: 'class-7', role: 'stopper', project: 'exams', created_at: at, created_by: 'ada' })
  lists('roles', viewer, stopper)
  lists('permissions', { name: 'run:cancel', roles: [] }, { name: 'run:read', roles: ['viewer'] })
})
afterEach(() => server.close())

const at = '2026-01-15T12:00:00Z'
const ada = { ...ownAccount, identities: undefined }
const own = { created_at: null, created_by: null, description: '' }
const viewer = { ...own, name: 'viewer', is_built_in: true, inherits: [], permissions: ['run:read'], holds: ['run:read'] }
const stopper = {
  ...own,
  ...{ name: 'stopper', is_built_in: false, inherits: ['viewer'], permissions: ['run:cancel'], holds: ['run:cancel', 'run:read'] },
}
const none = () => new Response(null, { status: 204 })

function lists(what: string, ...items: unknown[]): void {
  server.answers.set(`GET /api/v1/${what}`, () => Response.json({ items, next_cursor: null, total: null }))
}

async function choose(of: string, act: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${of}` }).click()
  await page.getByRole('menuitem', { name: act }).click()
}

describe('who may do what', () => {
  it('has the tabs that one may see, and no menu entry for who may see none', async () => {
    server.permissions = ['grant:edit']
    await open('/access')
    await expect.element(page.getByRole('tab', { name: 'Grants' })).toBeVisible()
    expect(
      page
        .getByRole('tab')
        .elements()
        .map((tab) => tab.textContent?.trim()),
    ).toEqual(['Roles', 'Grants'])
    await expect.element(page.getByRole('link', { name: 'Access' })).toBeVisible()
    expect(server.askedFor('GET', '/accounts')).toHaveLength(0)
  })

  it('asks for nothing that one may not see', async () => {
    server.permissions = ['run:read']
    await open('/access')
    await expect.element(page.getByText('Nothing here is for you')).toBeVisible()
    expect(page.getByRole('link', { name: 'Access' }).query()).toBeNull()
    for (const what of ['accounts', 'groups', 'grants', 'roles']) expect(server.askedFor('GET', `/${what}`)).toHaveLength(0)
  })
})

describe('users', () => {
  it('are made, and the link for the password is shown once', async () => {
    await open('/access')
    await expect.element(page.getByRole('row', { name: /Boris.*locked until/ })).toBeVisible()
    server.answers.set('POST /api/v1/accounts', () =>
      Response.json({ ...ada, name: 'carl', link: { code: 'c', url: 'http://h/#code=c', expires_at: at } }),
    )
    await page.getByRole('button', { name: 'New user' }).click()
    const dialog = page.getByRole('dialog', { name: 'New user' })
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Carl')
    await dialog.getByRole('combobox', { name: 'Role' }).selectOptions('viewer')
    await dialog.getByRole('textbox', { name: 'Project' }).fill('exams')
    await dialog.getByRole('button', { name: 'Make the account' }).click()
    await expect.element(page.getByText('http://h/#code=c')).toBeVisible()
    expect(server.askedFor('POST', '/accounts').map(({ body }) => body)).toEqual([
      { name: 'carl', display_name: null, email: null, role: 'viewer', project: 'exams' },
    ])
    await page.getByRole('button', { name: 'I have it' }).click()
    await expect.element(page.getByText('http://h/#code=c')).not.toBeInTheDocument()
  })

  it('are unlocked, and disabled after a question; who may not is told who can', async () => {
    await open('/access')
    server.answers.set('PATCH /api/v1/accounts/boris', () => Response.json(ada))
    await choose('boris', 'Unlock')
    await expect.element(page.getByText('boris may try again', { exact: true }).first()).toBeVisible()
    server.answers.set('PATCH /api/v1/accounts/boris', () =>
      problem(403, 'forbidden', {
        detail: 'You lack the permission user:admin here.',
        permission: 'user:admin',
        can_be_given_by: ['carl', 'dora'],
      }),
    )
    await choose('boris', 'Disable')
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await expect
      .element(page.getByText(/You lack the permission user:admin here\. It can be given to you by carl, dora\./).first())
      .toBeVisible()
    expect(server.askedFor('PATCH', '/boris').map(({ body }) => body)).toEqual([{ is_locked: false }, { is_active: false }])
  })
})

describe('groups, roles and grants', () => {
  it('lets people into a group and takes them out', async () => {
    await open('/access?tab=groups')
    server.answers.set('PATCH /api/v1/groups/class-7', () => Response.json({}))
    await page.getByRole('button', { name: 'Take out ada' }).click()
    await expect.poll(() => server.askedFor('PATCH', '/class-7').map(({ body }) => body)).toEqual([{ remove: ['ada'] }])
    await choose('class-7', 'Change, let in')
    await page.getByRole('textbox', { name: 'Let in' }).fill('boris, carl')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => server.askedFor('PATCH', '/class-7').at(-1)?.body).toEqual({ description: 'Teachers', add: ['boris', 'carl'] })
  })

  it('shows what roles hold, by themselves or by another, and makes one', async () => {
    await open('/access?tab=roles')
    const row = page.getByRole('row', { name: /run:read/ })
    await expect.element(row.getByRole('cell').nth(0)).toHaveTextContent(/^may$/)
    await expect.element(row.getByRole('cell').nth(1)).toHaveTextContent('may, by a role from which it inherits')
    await expect
      .element(
        page
          .getByRole('row', { name: /run:cancel/ })
          .getByRole('cell')
          .nth(0),
      )
      .toHaveTextContent('may not')
    expect(page.getByRole('button', { name: 'Actions for viewer' }).query()).toBeNull()
    server.answers.set('PUT /api/v1/roles/keeper', () => Response.json(stopper))
    await page.getByRole('button', { name: 'New role' }).click()
    const dialog = page.getByRole('dialog', { name: 'New role' })
    await dialog.getByRole('textbox', { name: 'Name' }).fill('viewer')
    await expect.element(dialog.getByText('There is a role of this name.')).toBeVisible()
    await expect.element(dialog.getByRole('button', { name: 'Save' })).toBeDisabled()
    await dialog.getByRole('textbox', { name: 'Name' }).fill('keeper')
    await dialog.getByRole('checkbox', { name: 'viewer' }).click()
    await dialog.getByRole('checkbox', { name: 'run:cancel' }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect
      .poll(() => server.askedFor('PUT', '/keeper').map(({ body }) => body))
      .toEqual([{ description: '', inherits: ['viewer'], permissions: ['run:cancel'] }])
  })

  it('gives a role to who is looked at, and takes one after a question', async () => {
    await open('/access?tab=grants&account=boris')
    await expect.poll(() => server.askedFor('GET', '/grants').at(-1)?.query.get('account')).toBe('boris')
    server.answers.set('POST /api/v1/grants', () => Response.json({}))
    await page.getByRole('button', { name: 'Give a role' }).click()
    const dialog = page.getByRole('dialog', { name: 'Give a role' })
    await expect.element(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('boris')
    await dialog.getByRole('combobox', { name: 'Role' }).selectOptions('stopper')
    await dialog.getByRole('button', { name: 'Give', exact: true }).click()
    await expect
      .poll(() => server.askedFor('POST', '/grants').map(({ body }) => body))
      .toEqual([{ account: 'boris', role: 'stopper', project: null }])
    server.answers.set('DELETE /api/v1/grants/g1', () => {
      lists('grants')
      return none()
    })
    await page.getByRole('button', { name: 'Take away' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Take away' }).click()
    await expect.element(page.getByText('No grants that you may change')).toBeVisible()
  })
})

describe('what others have to approve first', () => {
  const asked = (what: object, needed = 1) => ({
    ...{ id: 'a1', kind: 'grant.add', state: 'pending', what, project: 'exams', run: null, requested_by: 'ada', requested_at: at },
    ...{ expires_at: at, needed, given: 0, votes: [], outcome: null, settled_at: null, reached: 0, is_mine: true, may_decide: false },
  })
  const note = () => page.getByRole('status').filter({ hasText: 'Asked, and not done yet' })

  it('is said of a grant, with a way to the request, until the note is closed', async () => {
    await open('/access?tab=grants&account=boris')
    const given = { act: 'grant', account: 'boris', name: 'boris', role: 'admin', projects: ['exams'] }
    server.answers.set('POST /api/v1/grants', () => Response.json(asked(given, 2), { status: 202 }))
    await page.getByRole('button', { name: 'Give a role' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Give', exact: true }).click()
    await expect.element(note()).toHaveTextContent('Give boris the role admin')
    await expect.element(note()).toHaveTextContent('2 others have to approve it first.')
    await expect.element(note().getByRole('link', { name: 'Follow it' })).toHaveAttribute('href', '/approvals?show=mine')
    await note().getByRole('button', { name: 'Close this note' }).click()
    await expect.element(note()).not.toBeInTheDocument()
    // What is done at once next takes an old note away.
    await page.getByRole('button', { name: 'Give a role' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Give', exact: true }).click()
    await expect.element(note()).toBeVisible()
    server.answers.set('POST /api/v1/grants', () => Response.json({ id: 'g2' }, { status: 201 }))
    await page.getByRole('button', { name: 'Give a role' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Give', exact: true }).click()
    await expect.element(note()).not.toBeInTheDocument()
  })

  it('is said of a group, of a role, and of a new user, whose link is there all the same', async () => {
    await open('/access?tab=groups')
    server.answers.set('PATCH /api/v1/groups/class-7', () =>
      Response.json(asked({ act: 'group', name: 'class-7', add: ['boris'], remove: [], projects: ['exams'] }), { status: 202 }),
    )
    await choose('class-7', 'Change, let in')
    await page.getByRole('textbox', { name: 'Let in' }).fill('boris')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect.element(note()).toHaveTextContent('Let into the group class-7: boris')
    await expect.element(note()).toHaveTextContent('1 other has to approve it first.')

    await page.getByRole('tab', { name: 'Roles' }).click()
    server.answers.set('PUT /api/v1/roles/stopper', () => Response.json(asked({ act: 'role', name: 'stopper' }), { status: 202 }))
    await choose('stopper', 'Change')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await expect.element(note()).toHaveTextContent('Give the role stopper rights of an administrator')

    await page.getByRole('tab', { name: 'Users' }).click()
    const link = { code: 'c', url: 'http://h/#code=c', expires_at: at }
    const approval = asked({ act: 'grant', account: 'carl', name: 'carl', role: 'admin' })
    server.answers.set('POST /api/v1/accounts', () => Response.json({ ...ada, name: 'carl', link, approval }, { status: 201 }))
    await page.getByRole('button', { name: 'New user' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name', exact: true }).fill('carl')
    await page.getByRole('button', { name: 'Make the account' }).click()
    await expect.element(page.getByText('http://h/#code=c')).toBeVisible()
    await expect.element(note()).toHaveTextContent('Give carl the role admin')
  })

  it('is said in Chinese', async () => {
    settings.language.value = 'zh-CN'
    i18n.global.locale.value = 'zh-CN'
    await open('/access?tab=roles')
    server.answers.set('PUT /api/v1/roles/stopper', () => Response.json(asked({ act: 'role', name: 'stopper' }, 2), { status: 202 }))
    await page.getByRole('button', { name: 'stopper 的操作' }).click()
    await page.getByRole('menuitem', { name: '修改' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click()
    const said = page.getByRole('status').filter({ hasText: '已提交审批，尚未生效' })
    await expect.element(said).toHaveTextContent('授予角色 stopper 管理员权限')
    await expect.element(said).toHaveTextContent('还须 2 人批准。')
    await expect.element(said.getByRole('link', { name: '查看进展' })).toBeVisible()
  })
})

describe('secrets', () => {
  const key = { name: 'OPENAI_KEY', project: null, version: 3, set_at: at, set_by: 'ada', is_current: true }
  const value = 'sk-tulips-under-a-cold-moon'
  beforeEach(() => {
    server.permissions = ['secret:read', 'secret:edit']
    lists('secrets', key, { ...key, name: 'SMTP', project: 'exams', is_current: false })
  })

  it('are listed for who may use them alone, found by name or project, and told when they need another key', async () => {
    server.permissions = ['secret:read']
    await open('/access')
    await expect.element(page.getByRole('row', { name: /OPENAI_KEY.*all projects/ })).toBeVisible()
    await expect.element(page.getByRole('row', { name: /SMTP.*an older key or algorithm.*exams/ })).toBeVisible()
    await page.getByRole('textbox', { name: 'Name or project' }).fill('exam')
    await expect.element(page.getByRole('row', { name: /OPENAI_KEY/ })).not.toBeInTheDocument()
    expect(page.getByRole('button', { name: /Actions for|New secret/ }).elements()).toHaveLength(0)
    expect(server.askedFor('GET', '/accounts')).toHaveLength(0)
  })

  it('are set without being shown, a new one and a new value of one, and nothing stays of what was typed', async () => {
    await open('/access')
    server.answers.set('PUT /api/v1/secrets/MAIL', () => Response.json({ ...key, name: 'MAIL' }))
    server.answers.set('PUT /api/v1/secrets/SMTP', () => Response.json(key))
    await page.getByRole('button', { name: 'New secret' }).click()
    const dialog = page.getByRole('dialog')
    const save = dialog.getByRole('button', { name: 'Save' })
    await dialog.getByRole('textbox', { name: 'Name' }).fill('2nd')
    await expect.element(dialog.getByText('and no digit in front', { exact: false })).toBeVisible()
    await dialog.getByRole('textbox', { name: 'Name' }).fill('MAIL')
    await dialog.getByLabelText('Value').fill('short')
    await expect.element(save).toBeDisabled()
    await dialog.getByLabelText('Value').fill(value)
    await expect.element(dialog.getByLabelText('Value')).toHaveAttribute('type', 'password')
    await save.click()
    await expect.poll(() => server.askedFor('PUT', '/MAIL').map(({ body }) => body)).toEqual([{ value, project: null }])
    await expect.element(dialog).not.toBeInTheDocument()
    await choose('SMTP', 'Set a new value')
    await expect.element(page.getByRole('dialog').getByLabelText('Value')).toHaveValue('')
    await page.getByRole('dialog').getByLabelText('Value').fill(value)
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => server.askedFor('PUT', '/SMTP').map(({ body }) => body)).toEqual([{ value, project: 'exams' }])
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument()
    expect(document.documentElement.outerHTML).not.toContain(value)
  })

  it('are deleted after a question, that of the project alone', async () => {
    await open('/access')
    server.answers.set('DELETE /api/v1/secrets/SMTP', none)
    await choose('SMTP', 'Delete')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => server.askedFor('DELETE', '/SMTP').map(({ query }) => query.get('project'))).toEqual(['exams'])
  })
})
