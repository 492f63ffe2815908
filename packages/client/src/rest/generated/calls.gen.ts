// DO NOT EDIT: written by `npm run generate -w @headway/client` from the routes of src/headway/web.

import type * as T from './types.gen'

/** What goes into each call and what comes out of it. */
export interface Calls {
  addArtifact: { given: T.AddArtifactData; answers: T.AddArtifactResponses }
  approve: { given: T.ApproveData; answers: T.ApproveResponses }
  askForKin: { given: T.AskForKinData; answers: T.AskForKinResponses }
  attendWorker: { given: T.AttendWorkerData; answers: T.AttendWorkerResponses }
  beginIdentity: { given: T.BeginIdentityData; answers: T.BeginIdentityResponses }
  beginSecondFactor: { given: T.BeginSecondFactorData; answers: T.BeginSecondFactorResponses }
  cancelMany: { given: T.CancelManyData; answers: T.CancelManyResponses }
  cancelRun: { given: T.CancelRunData; answers: T.CancelRunResponses }
  changeOwnPassword: { given: T.ChangeOwnPasswordData; answers: T.ChangeOwnPasswordResponses }
  countLogs: { given: T.CountLogsData; answers: T.CountLogsResponses }
  createAccount: { given: T.CreateAccountData; answers: T.CreateAccountResponses }
  createApiKey: { given: T.CreateApiKeyData; answers: T.CreateApiKeyResponses }
  createGrant: { given: T.CreateGrantData; answers: T.CreateGrantResponses }
  createGroup: { given: T.CreateGroupData; answers: T.CreateGroupResponses }
  createLink: { given: T.CreateLinkData; answers: T.CreateLinkResponses }
  createNotice: { given: T.CreateNoticeData; answers: T.CreateNoticeResponses }
  createPasswordLink: { given: T.CreatePasswordLinkData; answers: T.CreatePasswordLinkResponses }
  createRecoveryCodes: { given: T.CreateRecoveryCodesData; answers: T.CreateRecoveryCodesResponses }
  createRevocation: { given: T.CreateRevocationData; answers: T.CreateRevocationResponses }
  createSession: { given: T.CreateSessionData; answers: T.CreateSessionResponses }
  createSessionByCode: { given: T.CreateSessionByCodeData; answers: T.CreateSessionByCodeResponses }
  createSessionByPassword: { given: T.CreateSessionByPasswordData; answers: T.CreateSessionByPasswordResponses }
  createShareLink: { given: T.CreateShareLinkData; answers: T.CreateShareLinkResponses }
  createShareToken: { given: T.CreateShareTokenData; answers: T.CreateShareTokenResponses }
  createTicket: { given: T.CreateTicketData; answers: T.CreateTicketResponses }
  createToken: { given: T.CreateTokenData; answers: T.CreateTokenResponses }
  createTokens: { given: T.CreateTokensData; answers: T.CreateTokensResponses }
  deleteGrant: { given: T.DeleteGrantData; answers: T.DeleteGrantResponses }
  deleteGroup: { given: T.DeleteGroupData; answers: T.DeleteGroupResponses }
  deleteIdentity: { given: T.DeleteIdentityData; answers: T.DeleteIdentityResponses }
  deleteLog: { given: T.DeleteLogData; answers: T.DeleteLogResponses }
  deleteMany: { given: T.DeleteManyData; answers: T.DeleteManyResponses }
  deleteOwnDevice: { given: T.DeleteOwnDeviceData; answers: T.DeleteOwnDeviceResponses }
  deleteOwnIdentity: { given: T.DeleteOwnIdentityData; answers: T.DeleteOwnIdentityResponses }
  deleteOwnSecondFactor: { given: T.DeleteOwnSecondFactorData; answers: T.DeleteOwnSecondFactorResponses }
  deleteOwnSignIn: { given: T.DeleteOwnSignInData; answers: T.DeleteOwnSignInResponses }
  deletePreset: { given: T.DeletePresetData; answers: T.DeletePresetResponses }
  deleteRole: { given: T.DeleteRoleData; answers: T.DeleteRoleResponses }
  deleteRun: { given: T.DeleteRunData; answers: T.DeleteRunResponses }
  deleteSecondFactor: { given: T.DeleteSecondFactorData; answers: T.DeleteSecondFactorResponses }
  deleteSession: { given: T.DeleteSessionData; answers: T.DeleteSessionResponses }
  deleteShareLink: { given: T.DeleteShareLinkData; answers: T.DeleteShareLinkResponses }
  deleteSignIn: { given: T.DeleteSignInData; answers: T.DeleteSignInResponses }
  drainWorker: { given: T.DrainWorkerData; answers: T.DrainWorkerResponses }
  dumpStack: { given: T.DumpStackData; answers: T.DumpStackResponses }
  editAccount: { given: T.EditAccountData; answers: T.EditAccountResponses }
  editGroup: { given: T.EditGroupData; answers: T.EditGroupResponses }
  editOwnAccount: { given: T.EditOwnAccountData; answers: T.EditOwnAccountResponses }
  editPreset: { given: T.EditPresetData; answers: T.EditPresetResponses }
  editQueue: { given: T.EditQueueData; answers: T.EditQueueResponses }
  editQuota: { given: T.EditQuotaData; answers: T.EditQuotaResponses }
  editRun: { given: T.EditRunData; answers: T.EditRunResponses }
  endAtProvider: { given: T.EndAtProviderData; answers: T.EndAtProviderResponses }
  endConnection: { given: T.EndConnectionData; answers: T.EndConnectionResponses }
  endRun: { given: T.EndRunData; answers: T.EndRunResponses }
  exportAudit: { given: T.ExportAuditData; answers: T.ExportAuditResponses }
  exposeAllWorkers: { given: T.ExposeAllWorkersData; answers: T.ExposeAllWorkersResponses }
  exposeFigures: { given: T.ExposeFiguresData; answers: T.ExposeFiguresResponses }
  fetchArtifact: { given: T.FetchArtifactData; answers: T.FetchArtifactResponses }
  keepPreset: { given: T.KeepPresetData; answers: T.KeepPresetResponses }
  keepWorkerFile: { given: T.KeepWorkerFileData; answers: T.KeepWorkerFileResponses }
  leaveWorker: { given: T.LeaveWorkerData; answers: T.LeaveWorkerResponses }
  listAccounts: { given: T.ListAccountsData; answers: T.ListAccountsResponses }
  listAll: { given: T.ListAllData; answers: T.ListAllResponses }
  listApiKeys: { given: T.ListApiKeysData; answers: T.ListApiKeysResponses }
  listApprovals: { given: T.ListApprovalsData; answers: T.ListApprovalsResponses }
  listArtifacts: { given: T.ListArtifactsData; answers: T.ListArtifactsResponses }
  listAttempts: { given: T.ListAttemptsData; answers: T.ListAttemptsResponses }
  listAudit: { given: T.ListAuditData; answers: T.ListAuditResponses }
  listChildren: { given: T.ListChildrenData; answers: T.ListChildrenResponses }
  listConnections: { given: T.ListConnectionsData; answers: T.ListConnectionsResponses }
  listEntries: { given: T.ListEntriesData; answers: T.ListEntriesResponses }
  listEstimates: { given: T.ListEstimatesData; answers: T.ListEstimatesResponses }
  listEvents: { given: T.ListEventsData; answers: T.ListEventsResponses }
  listGrants: { given: T.ListGrantsData; answers: T.ListGrantsResponses }
  listGroups: { given: T.ListGroupsData; answers: T.ListGroupsResponses }
  listLinks: { given: T.ListLinksData; answers: T.ListLinksResponses }
  listLogs: { given: T.ListLogsData; answers: T.ListLogsResponses }
  listNotices: { given: T.ListNoticesData; answers: T.ListNoticesResponses }
  listOwnDevices: { given: T.ListOwnDevicesData; answers: T.ListOwnDevicesResponses }
  listOwnSignIns: { given: T.ListOwnSignInsData; answers: T.ListOwnSignInsResponses }
  listPermissions: { given: T.ListPermissionsData; answers: T.ListPermissionsResponses }
  listPoints: { given: T.ListPointsData; answers: T.ListPointsResponses }
  listPresets: { given: T.ListPresetsData; answers: T.ListPresetsResponses }
  listProtections: { given: T.ListProtectionsData; answers: T.ListProtectionsResponses }
  listQueues: { given: T.ListQueuesData; answers: T.ListQueuesResponses }
  listQuotas: { given: T.ListQuotasData; answers: T.ListQuotasResponses }
  listRevocations: { given: T.ListRevocationsData; answers: T.ListRevocationsResponses }
  listRoles: { given: T.ListRolesData; answers: T.ListRolesResponses }
  listRuns: { given: T.ListRunsData; answers: T.ListRunsResponses }
  listSignIns: { given: T.ListSignInsData; answers: T.ListSignInsResponses }
  listSigningKeys: { given: T.ListSigningKeysData; answers: T.ListSigningKeysResponses }
  listSteps: { given: T.ListStepsData; answers: T.ListStepsResponses }
  listTasks: { given: T.ListTasksData; answers: T.ListTasksResponses }
  listWaiting: { given: T.ListWaitingData; answers: T.ListWaitingResponses }
  listWorkers: { given: T.ListWorkersData; answers: T.ListWorkersResponses }
  live: { given: T.LiveData; answers: T.LiveResponses }
  openRun: { given: T.OpenRunData; answers: T.OpenRunResponses }
  openWorker: { given: T.OpenWorkerData; answers: T.OpenWorkerResponses }
  pauseMany: { given: T.PauseManyData; answers: T.PauseManyResponses }
  pauseRun: { given: T.PauseRunData; answers: T.PauseRunResponses }
  pollMessages: { given: T.PollMessagesData; answers: T.PollMessagesResponses }
  protectProject: { given: T.ProtectProjectData; answers: T.ProtectProjectResponses }
  proveOneself: { given: T.ProveOneselfData; answers: T.ProveOneselfResponses }
  putRole: { given: T.PutRoleData; answers: T.PutRoleResponses }
  putSecret: { given: T.PutSecretData; answers: T.PutSecretResponses }
  ready: { given: T.ReadyData; answers: T.ReadyResponses }
  receiveParcels: { given: T.ReceiveParcelsData; answers: T.ReceiveParcelsResponses }
  recordEvents: { given: T.RecordEventsData; answers: T.RecordEventsResponses }
  refreshTokens: { given: T.RefreshTokensData; answers: T.RefreshTokensResponses }
  refuse: { given: T.RefuseData; answers: T.RefuseResponses }
  registerTasks: { given: T.RegisterTasksData; answers: T.RegisterTasksResponses }
  removeSecret: { given: T.RemoveSecretData; answers: T.RemoveSecretResponses }
  reportRunProgress: { given: T.ReportRunProgressData; answers: T.ReportRunProgressResponses }
  restartWorker: { given: T.RestartWorkerData; answers: T.RestartWorkerResponses }
  resumeMany: { given: T.ResumeManyData; answers: T.ResumeManyResponses }
  resumeRun: { given: T.ResumeRunData; answers: T.ResumeRunResponses }
  retryMany: { given: T.RetryManyData; answers: T.RetryManyResponses }
  retryRun: { given: T.RetryRunData; answers: T.RetryRunResponses }
  revokeApiKey: { given: T.RevokeApiKeyData; answers: T.RevokeApiKeyResponses }
  rotate: { given: T.RotateData; answers: T.RotateResponses }
  rotateApiKey: { given: T.RotateApiKeyData; answers: T.RotateApiKeyResponses }
  rotateSigningKeys: { given: T.RotateSigningKeysData; answers: T.RotateSigningKeysResponses }
  searchLog: { given: T.SearchLogData; answers: T.SearchLogResponses }
  setSecondFactor: { given: T.SetSecondFactorData; answers: T.SetSecondFactorResponses }
  showAccount: { given: T.ShowAccountData; answers: T.ShowAccountResponses }
  showApis: { given: T.ShowApisData; answers: T.ShowApisResponses }
  showApproval: { given: T.ShowApprovalData; answers: T.ShowApprovalResponses }
  showArtifact: { given: T.ShowArtifactData; answers: T.ShowArtifactResponses }
  showDatabase: { given: T.ShowDatabaseData; answers: T.ShowDatabaseResponses }
  showEstimate: { given: T.ShowEstimateData; answers: T.ShowEstimateResponses }
  showExpectation: { given: T.ShowExpectationData; answers: T.ShowExpectationResponses }
  showFamily: { given: T.ShowFamilyData; answers: T.ShowFamilyResponses }
  showGateway: { given: T.ShowGatewayData; answers: T.ShowGatewayResponses }
  showGroup: { given: T.ShowGroupData; answers: T.ShowGroupResponses }
  showOwnAccount: { given: T.ShowOwnAccountData; answers: T.ShowOwnAccountResponses }
  showProtection: { given: T.ShowProtectionData; answers: T.ShowProtectionResponses }
  showQueues: { given: T.ShowQueuesData; answers: T.ShowQueuesResponses }
  showResult: { given: T.ShowResultData; answers: T.ShowResultResponses }
  showRights: { given: T.ShowRightsData; answers: T.ShowRightsResponses }
  showRole: { given: T.ShowRoleData; answers: T.ShowRoleResponses }
  showRun: { given: T.ShowRunData; answers: T.ShowRunResponses }
  showSamples: { given: T.ShowSamplesData; answers: T.ShowSamplesResponses }
  showSeries: { given: T.ShowSeriesData; answers: T.ShowSeriesResponses }
  showSession: { given: T.ShowSessionData; answers: T.ShowSessionResponses }
  showSignInWays: { given: T.ShowSignInWaysData; answers: T.ShowSignInWaysResponses }
  showStatements: { given: T.ShowStatementsData; answers: T.ShowStatementsResponses }
  showStatistics: { given: T.ShowStatisticsData; answers: T.ShowStatisticsResponses }
  showSystem: { given: T.ShowSystemData; answers: T.ShowSystemResponses }
  showTask: { given: T.ShowTaskData; answers: T.ShowTaskResponses }
  showView: { given: T.ShowViewData; answers: T.ShowViewResponses }
  showWaiting: { given: T.ShowWaitingData; answers: T.ShowWaitingResponses }
  showWorker: { given: T.ShowWorkerData; answers: T.ShowWorkerResponses }
  startAtProvider: { given: T.StartAtProviderData; answers: T.StartAtProviderResponses }
  startMany: { given: T.StartManyData; answers: T.StartManyResponses }
  startRun: { given: T.StartRunData; answers: T.StartRunResponses }
  streamEvents: { given: T.StreamEventsData; answers: T.StreamEventsResponses }
  streamLog: { given: T.StreamLogData; answers: T.StreamLogResponses }
  sumUp: { given: T.SumUpData; answers: T.SumUpResponses }
  sweepConnections: { given: T.SweepConnectionsData; answers: T.SweepConnectionsResponses }
  takeWorkerTurn: { given: T.TakeWorkerTurnData; answers: T.TakeWorkerTurnResponses }
  validateParameters: { given: T.ValidateParametersData; answers: T.ValidateParametersResponses }
  verifyAudit: { given: T.VerifyAuditData; answers: T.VerifyAuditResponses }
  waitForNews: { given: T.WaitForNewsData; answers: T.WaitForNewsResponses }
  withdraw: { given: T.WithdrawData; answers: T.WithdrawResponses }
  withdrawNotice: { given: T.WithdrawNoticeData; answers: T.WithdrawNoticeResponses }
}

/** Method and path of each call. */
export const CALLS = {
  addArtifact: 'POST /api/v1/runs/{run}/artifacts',
  approve: 'POST /api/v1/approvals/{approval}/approve',
  askForKin: 'POST /api/v1/workers/{worker}/kin',
  attendWorker: 'PUT /api/v1/workers/{worker}/presence',
  beginIdentity: 'POST /api/v1/account/identities',
  beginSecondFactor: 'POST /api/v1/account/second-factor',
  cancelMany: 'POST /api/v1/runs/cancellations',
  cancelRun: 'PUT /api/v1/runs/{run}/cancellation',
  changeOwnPassword: 'POST /api/v1/account/password',
  countLogs: 'GET /api/v1/logs/counts',
  createAccount: 'POST /api/v1/accounts',
  createApiKey: 'POST /api/v1/keys',
  createGrant: 'POST /api/v1/grants',
  createGroup: 'POST /api/v1/groups',
  createLink: 'POST /api/v1/sign-in-links',
  createNotice: 'POST /api/v1/notices',
  createPasswordLink: 'POST /api/v1/accounts/{account}/password-links',
  createRecoveryCodes: 'POST /api/v1/account/recovery-codes',
  createRevocation: 'POST /api/v1/revocations',
  createSession: 'POST /api/v1/sessions',
  createSessionByCode: 'POST /api/v1/sessions/by-code',
  createSessionByPassword: 'POST /api/v1/sessions/by-password',
  createShareLink: 'POST /api/v1/runs/{run}/share-links',
  createShareToken: 'POST /api/v1/share-tokens',
  createTicket: 'POST /api/v1/live/tickets',
  createToken: 'POST /api/v1/session/tokens',
  createTokens: 'POST /api/v1/tokens',
  deleteGrant: 'DELETE /api/v1/grants/{grant}',
  deleteGroup: 'DELETE /api/v1/groups/{group}',
  deleteIdentity: 'DELETE /api/v1/accounts/{account}/identities/{identity}',
  deleteLog: 'DELETE /api/v1/runs/{run}/log',
  deleteMany: 'POST /api/v1/runs/deletions',
  deleteOwnDevice: 'DELETE /api/v1/account/devices/{device}',
  deleteOwnIdentity: 'DELETE /api/v1/account/identities/{identity}',
  deleteOwnSecondFactor: 'DELETE /api/v1/account/second-factor',
  deleteOwnSignIn: 'DELETE /api/v1/account/sign-ins/{session}',
  deletePreset: 'DELETE /api/v1/tasks/{task}/presets/{preset}',
  deleteRole: 'DELETE /api/v1/roles/{role}',
  deleteRun: 'DELETE /api/v1/runs/{run}',
  deleteSecondFactor: 'DELETE /api/v1/accounts/{account}/second-factor',
  deleteSession: 'DELETE /api/v1/session',
  deleteShareLink: 'DELETE /api/v1/runs/{run}/share-links/{link}',
  deleteSignIn: 'DELETE /api/v1/accounts/{account}/sign-ins/{session}',
  drainWorker: 'POST /api/v1/workers/{worker}/drain',
  dumpStack: 'POST /api/v1/runs/{run}/stack-dumps',
  editAccount: 'PATCH /api/v1/accounts/{account}',
  editGroup: 'PATCH /api/v1/groups/{group}',
  editOwnAccount: 'PATCH /api/v1/account',
  editPreset: 'PATCH /api/v1/tasks/{task}/presets/{preset}',
  editQueue: 'PATCH /api/v1/queues/{name}',
  editQuota: 'PATCH /api/v1/quotas/{project}',
  editRun: 'PATCH /api/v1/runs/{run}',
  endAtProvider: 'GET /api/v1/oidc/callback',
  endConnection: 'DELETE /api/v1/live/connections/{connection}',
  endRun: 'PUT /api/v1/runs/{run}/outcome',
  exportAudit: 'GET /api/v1/audit/export',
  exposeAllWorkers: 'GET /api/v1/metrics/workers',
  exposeFigures: 'GET /api/v1/metrics',
  fetchArtifact: 'GET /api/v1/runs/{run}/artifacts/{artifact}/content',
  keepPreset: 'POST /api/v1/tasks/{task}/presets',
  keepWorkerFile: 'POST /api/v1/workers/{worker}/files',
  leaveWorker: 'DELETE /api/v1/workers/{worker}/presence',
  listAccounts: 'GET /api/v1/accounts',
  listAll: 'GET /api/v1/secrets',
  listApiKeys: 'GET /api/v1/keys',
  listApprovals: 'GET /api/v1/approvals',
  listArtifacts: 'GET /api/v1/runs/{run}/artifacts',
  listAttempts: 'GET /api/v1/runs/{run}/attempts',
  listAudit: 'GET /api/v1/audit',
  listChildren: 'GET /api/v1/runs/{run}/family/children',
  listConnections: 'GET /api/v1/live/connections',
  listEntries: 'GET /api/v1/runs/{run}/entries',
  listEstimates: 'GET /api/v1/estimates',
  listEvents: 'GET /api/v1/runs/{run}/events',
  listGrants: 'GET /api/v1/grants',
  listGroups: 'GET /api/v1/groups',
  listLinks: 'GET /api/v1/runs/{run}/share-links',
  listLogs: 'GET /api/v1/logs',
  listNotices: 'GET /api/v1/notices',
  listOwnDevices: 'GET /api/v1/account/devices',
  listOwnSignIns: 'GET /api/v1/account/sign-ins',
  listPermissions: 'GET /api/v1/permissions',
  listPoints: 'GET /api/v1/runs/{run}/points',
  listPresets: 'GET /api/v1/tasks/{task}/presets',
  listProtections: 'GET /api/v1/protections',
  listQueues: 'GET /api/v1/queues',
  listQuotas: 'GET /api/v1/quotas',
  listRevocations: 'GET /api/v1/revocations',
  listRoles: 'GET /api/v1/roles',
  listRuns: 'GET /api/v1/runs',
  listSignIns: 'GET /api/v1/accounts/{account}/sign-ins',
  listSigningKeys: 'GET /api/v1/signing-keys',
  listSteps: 'GET /api/v1/runs/{run}/steps',
  listTasks: 'GET /api/v1/tasks',
  listWaiting: 'GET /api/v1/waiting',
  listWorkers: 'GET /api/v1/workers',
  live: 'GET /api/v1/health/live',
  openRun: 'POST /api/v1/runs',
  openWorker: 'POST /api/v1/workers',
  pauseMany: 'POST /api/v1/runs/pauses',
  pauseRun: 'PUT /api/v1/runs/{run}/pause',
  pollMessages: 'POST /api/v1/live/poll',
  protectProject: 'PUT /api/v1/projects/{project}/protection',
  proveOneself: 'POST /api/v1/account/proof',
  putRole: 'PUT /api/v1/roles/{role}',
  putSecret: 'PUT /api/v1/secrets/{secret}',
  ready: 'GET /api/v1/health/ready',
  receiveParcels: 'POST /api/v1/workers/{worker}/parcels',
  recordEvents: 'POST /api/v1/runs/{run}/events',
  refreshTokens: 'POST /api/v1/tokens/refresh',
  refuse: 'POST /api/v1/approvals/{approval}/refuse',
  registerTasks: 'PUT /api/v1/workers/{worker}/catalogue',
  removeSecret: 'DELETE /api/v1/secrets/{secret}',
  reportRunProgress: 'PATCH /api/v1/runs/{run}/progress',
  restartWorker: 'POST /api/v1/workers/{worker}/restart',
  resumeMany: 'POST /api/v1/runs/resumptions',
  resumeRun: 'PUT /api/v1/runs/{run}/resumption',
  retryMany: 'POST /api/v1/runs/retries',
  retryRun: 'POST /api/v1/runs/{run}/retries',
  revokeApiKey: 'DELETE /api/v1/keys/{key}',
  rotate: 'POST /api/v1/secrets/rotations',
  rotateApiKey: 'POST /api/v1/keys/{key}/rotation',
  rotateSigningKeys: 'POST /api/v1/signing-keys',
  searchLog: 'GET /api/v1/runs/{run}/hits',
  setSecondFactor: 'PUT /api/v1/account/second-factor',
  showAccount: 'GET /api/v1/accounts/{account}',
  showApis: 'GET /api/v1/monitor/apis',
  showApproval: 'GET /api/v1/approvals/{approval}',
  showArtifact: 'GET /api/v1/runs/{run}/artifacts/{artifact}',
  showDatabase: 'GET /api/v1/monitor/database',
  showEstimate: 'GET /api/v1/runs/{run}/estimate',
  showExpectation: 'GET /api/v1/tasks/{task}/expectation',
  showFamily: 'GET /api/v1/runs/{run}/family',
  showGateway: 'GET /api/v1/monitor/gateway',
  showGroup: 'GET /api/v1/groups/{group}',
  showOwnAccount: 'GET /api/v1/account',
  showProtection: 'GET /api/v1/projects/{project}/protection',
  showQueues: 'GET /api/v1/monitor/tasks',
  showResult: 'GET /api/v1/runs/{run}/result',
  showRights: 'GET /api/v1/accounts/{account}/rights',
  showRole: 'GET /api/v1/roles/{role}',
  showRun: 'GET /api/v1/runs/{run}',
  showSamples: 'GET /api/v1/runs/{run}/samples',
  showSeries: 'GET /api/v1/runs/{run}/series',
  showSession: 'GET /api/v1/session',
  showSignInWays: 'GET /api/v1/sign-in-ways',
  showStatements: 'GET /api/v1/database/statements',
  showStatistics: 'GET /api/v1/tasks/{task}/statistics',
  showSystem: 'GET /api/v1/monitor/system',
  showTask: 'GET /api/v1/tasks/{task}',
  showView: 'GET /api/v1/runs/{run}/view',
  showWaiting: 'GET /api/v1/runs/{run}/waiting',
  showWorker: 'GET /api/v1/workers/{worker}',
  startAtProvider: 'GET /api/v1/oidc/start',
  startMany: 'POST /api/v1/tasks/{task}/run-batches',
  startRun: 'POST /api/v1/tasks/{task}/runs',
  streamEvents: 'GET /api/v1/live/sse',
  streamLog: 'GET /api/v1/runs/{run}/log',
  sumUp: 'GET /api/v1/statistics',
  sweepConnections: 'POST /api/v1/live/connections/sweeps',
  takeWorkerTurn: 'POST /api/v1/workers/{worker}/turns',
  validateParameters: 'POST /api/v1/tasks/{task}/validations',
  verifyAudit: 'GET /api/v1/audit/verify',
  waitForNews: 'GET /api/v1/workers/{worker}/news',
  withdraw: 'DELETE /api/v1/approvals/{approval}',
  withdrawNotice: 'DELETE /api/v1/notices/{notice}',
} as const
