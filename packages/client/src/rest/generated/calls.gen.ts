// DO NOT EDIT: written by `npm run generate -w @headway/client` from the routes of src/headway/web.

import type * as T from './types.gen'

/** What goes into each call and what comes out of it. */
export interface Calls {
  addArtifact: { given: T.AddArtifactData; answers: T.AddArtifactResponses }
  approve: { given: T.ApproveData; answers: T.ApproveResponses }
  askForKin: { given: T.AskForKinData; answers: T.AskForKinResponses }
  attendWorker: { given: T.AttendWorkerData; answers: T.AttendWorkerResponses }
  cancelMany: { given: T.CancelManyData; answers: T.CancelManyResponses }
  cancelRun: { given: T.CancelRunData; answers: T.CancelRunResponses }
  countLogs: { given: T.CountLogsData; answers: T.CountLogsResponses }
  createLink: { given: T.CreateLinkData; answers: T.CreateLinkResponses }
  createNotice: { given: T.CreateNoticeData; answers: T.CreateNoticeResponses }
  createRevocation: { given: T.CreateRevocationData; answers: T.CreateRevocationResponses }
  createSession: { given: T.CreateSessionData; answers: T.CreateSessionResponses }
  createTicket: { given: T.CreateTicketData; answers: T.CreateTicketResponses }
  createToken: { given: T.CreateTokenData; answers: T.CreateTokenResponses }
  deleteLog: { given: T.DeleteLogData; answers: T.DeleteLogResponses }
  deleteMany: { given: T.DeleteManyData; answers: T.DeleteManyResponses }
  deletePreset: { given: T.DeletePresetData; answers: T.DeletePresetResponses }
  deleteRun: { given: T.DeleteRunData; answers: T.DeleteRunResponses }
  deleteSession: { given: T.DeleteSessionData; answers: T.DeleteSessionResponses }
  drainWorker: { given: T.DrainWorkerData; answers: T.DrainWorkerResponses }
  dumpStack: { given: T.DumpStackData; answers: T.DumpStackResponses }
  editPreset: { given: T.EditPresetData; answers: T.EditPresetResponses }
  editQueue: { given: T.EditQueueData; answers: T.EditQueueResponses }
  editQuota: { given: T.EditQuotaData; answers: T.EditQuotaResponses }
  editRun: { given: T.EditRunData; answers: T.EditRunResponses }
  endConnection: { given: T.EndConnectionData; answers: T.EndConnectionResponses }
  endRun: { given: T.EndRunData; answers: T.EndRunResponses }
  exposeFigures: { given: T.ExposeFiguresData; answers: T.ExposeFiguresResponses }
  fetchArtifact: { given: T.FetchArtifactData; answers: T.FetchArtifactResponses }
  keepPreset: { given: T.KeepPresetData; answers: T.KeepPresetResponses }
  keepWorkerFile: { given: T.KeepWorkerFileData; answers: T.KeepWorkerFileResponses }
  leaveWorker: { given: T.LeaveWorkerData; answers: T.LeaveWorkerResponses }
  listApprovals: { given: T.ListApprovalsData; answers: T.ListApprovalsResponses }
  listArtifacts: { given: T.ListArtifactsData; answers: T.ListArtifactsResponses }
  listAttempts: { given: T.ListAttemptsData; answers: T.ListAttemptsResponses }
  listChildren: { given: T.ListChildrenData; answers: T.ListChildrenResponses }
  listConnections: { given: T.ListConnectionsData; answers: T.ListConnectionsResponses }
  listEntries: { given: T.ListEntriesData; answers: T.ListEntriesResponses }
  listEstimates: { given: T.ListEstimatesData; answers: T.ListEstimatesResponses }
  listEvents: { given: T.ListEventsData; answers: T.ListEventsResponses }
  listLogs: { given: T.ListLogsData; answers: T.ListLogsResponses }
  listNotices: { given: T.ListNoticesData; answers: T.ListNoticesResponses }
  listPoints: { given: T.ListPointsData; answers: T.ListPointsResponses }
  listPresets: { given: T.ListPresetsData; answers: T.ListPresetsResponses }
  listProtections: { given: T.ListProtectionsData; answers: T.ListProtectionsResponses }
  listQueues: { given: T.ListQueuesData; answers: T.ListQueuesResponses }
  listQuotas: { given: T.ListQuotasData; answers: T.ListQuotasResponses }
  listRevocations: { given: T.ListRevocationsData; answers: T.ListRevocationsResponses }
  listRuns: { given: T.ListRunsData; answers: T.ListRunsResponses }
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
  ready: { given: T.ReadyData; answers: T.ReadyResponses }
  receiveParcels: { given: T.ReceiveParcelsData; answers: T.ReceiveParcelsResponses }
  recordEvents: { given: T.RecordEventsData; answers: T.RecordEventsResponses }
  refuse: { given: T.RefuseData; answers: T.RefuseResponses }
  registerTasks: { given: T.RegisterTasksData; answers: T.RegisterTasksResponses }
  reportRunProgress: { given: T.ReportRunProgressData; answers: T.ReportRunProgressResponses }
  restartWorker: { given: T.RestartWorkerData; answers: T.RestartWorkerResponses }
  resumeMany: { given: T.ResumeManyData; answers: T.ResumeManyResponses }
  resumeRun: { given: T.ResumeRunData; answers: T.ResumeRunResponses }
  retryMany: { given: T.RetryManyData; answers: T.RetryManyResponses }
  retryRun: { given: T.RetryRunData; answers: T.RetryRunResponses }
  searchLog: { given: T.SearchLogData; answers: T.SearchLogResponses }
  showApis: { given: T.ShowApisData; answers: T.ShowApisResponses }
  showApproval: { given: T.ShowApprovalData; answers: T.ShowApprovalResponses }
  showArtifact: { given: T.ShowArtifactData; answers: T.ShowArtifactResponses }
  showDatabase: { given: T.ShowDatabaseData; answers: T.ShowDatabaseResponses }
  showEstimate: { given: T.ShowEstimateData; answers: T.ShowEstimateResponses }
  showExpectation: { given: T.ShowExpectationData; answers: T.ShowExpectationResponses }
  showFamily: { given: T.ShowFamilyData; answers: T.ShowFamilyResponses }
  showGateway: { given: T.ShowGatewayData; answers: T.ShowGatewayResponses }
  showProtection: { given: T.ShowProtectionData; answers: T.ShowProtectionResponses }
  showQueues: { given: T.ShowQueuesData; answers: T.ShowQueuesResponses }
  showResult: { given: T.ShowResultData; answers: T.ShowResultResponses }
  showRun: { given: T.ShowRunData; answers: T.ShowRunResponses }
  showSamples: { given: T.ShowSamplesData; answers: T.ShowSamplesResponses }
  showSeries: { given: T.ShowSeriesData; answers: T.ShowSeriesResponses }
  showSession: { given: T.ShowSessionData; answers: T.ShowSessionResponses }
  showStatements: { given: T.ShowStatementsData; answers: T.ShowStatementsResponses }
  showStatistics: { given: T.ShowStatisticsData; answers: T.ShowStatisticsResponses }
  showSystem: { given: T.ShowSystemData; answers: T.ShowSystemResponses }
  showTask: { given: T.ShowTaskData; answers: T.ShowTaskResponses }
  showView: { given: T.ShowViewData; answers: T.ShowViewResponses }
  showWaiting: { given: T.ShowWaitingData; answers: T.ShowWaitingResponses }
  showWorker: { given: T.ShowWorkerData; answers: T.ShowWorkerResponses }
  startMany: { given: T.StartManyData; answers: T.StartManyResponses }
  startRun: { given: T.StartRunData; answers: T.StartRunResponses }
  streamEvents: { given: T.StreamEventsData; answers: T.StreamEventsResponses }
  streamLog: { given: T.StreamLogData; answers: T.StreamLogResponses }
  sumUp: { given: T.SumUpData; answers: T.SumUpResponses }
  sweepConnections: { given: T.SweepConnectionsData; answers: T.SweepConnectionsResponses }
  takeWorkerTurn: { given: T.TakeWorkerTurnData; answers: T.TakeWorkerTurnResponses }
  validateParameters: { given: T.ValidateParametersData; answers: T.ValidateParametersResponses }
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
  cancelMany: 'POST /api/v1/runs/cancellations',
  cancelRun: 'PUT /api/v1/runs/{run}/cancellation',
  countLogs: 'GET /api/v1/logs/counts',
  createLink: 'POST /api/v1/sign-in-links',
  createNotice: 'POST /api/v1/notices',
  createRevocation: 'POST /api/v1/revocations',
  createSession: 'POST /api/v1/sessions',
  createTicket: 'POST /api/v1/live/tickets',
  createToken: 'POST /api/v1/session/tokens',
  deleteLog: 'DELETE /api/v1/runs/{run}/log',
  deleteMany: 'POST /api/v1/runs/deletions',
  deletePreset: 'DELETE /api/v1/tasks/{task}/presets/{preset}',
  deleteRun: 'DELETE /api/v1/runs/{run}',
  deleteSession: 'DELETE /api/v1/session',
  drainWorker: 'POST /api/v1/workers/{worker}/drain',
  dumpStack: 'POST /api/v1/runs/{run}/stack-dumps',
  editPreset: 'PATCH /api/v1/tasks/{task}/presets/{preset}',
  editQueue: 'PATCH /api/v1/queues/{name}',
  editQuota: 'PATCH /api/v1/quotas/{project}',
  editRun: 'PATCH /api/v1/runs/{run}',
  endConnection: 'DELETE /api/v1/live/connections/{connection}',
  endRun: 'PUT /api/v1/runs/{run}/outcome',
  exposeFigures: 'GET /api/v1/metrics',
  fetchArtifact: 'GET /api/v1/runs/{run}/artifacts/{artifact}/content',
  keepPreset: 'POST /api/v1/tasks/{task}/presets',
  keepWorkerFile: 'POST /api/v1/workers/{worker}/files',
  leaveWorker: 'DELETE /api/v1/workers/{worker}/presence',
  listApprovals: 'GET /api/v1/approvals',
  listArtifacts: 'GET /api/v1/runs/{run}/artifacts',
  listAttempts: 'GET /api/v1/runs/{run}/attempts',
  listChildren: 'GET /api/v1/runs/{run}/family/children',
  listConnections: 'GET /api/v1/live/connections',
  listEntries: 'GET /api/v1/runs/{run}/entries',
  listEstimates: 'GET /api/v1/estimates',
  listEvents: 'GET /api/v1/runs/{run}/events',
  listLogs: 'GET /api/v1/logs',
  listNotices: 'GET /api/v1/notices',
  listPoints: 'GET /api/v1/runs/{run}/points',
  listPresets: 'GET /api/v1/tasks/{task}/presets',
  listProtections: 'GET /api/v1/protections',
  listQueues: 'GET /api/v1/queues',
  listQuotas: 'GET /api/v1/quotas',
  listRevocations: 'GET /api/v1/revocations',
  listRuns: 'GET /api/v1/runs',
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
  ready: 'GET /api/v1/health/ready',
  receiveParcels: 'POST /api/v1/workers/{worker}/parcels',
  recordEvents: 'POST /api/v1/runs/{run}/events',
  refuse: 'POST /api/v1/approvals/{approval}/refuse',
  registerTasks: 'PUT /api/v1/workers/{worker}/catalogue',
  reportRunProgress: 'PATCH /api/v1/runs/{run}/progress',
  restartWorker: 'POST /api/v1/workers/{worker}/restart',
  resumeMany: 'POST /api/v1/runs/resumptions',
  resumeRun: 'PUT /api/v1/runs/{run}/resumption',
  retryMany: 'POST /api/v1/runs/retries',
  retryRun: 'POST /api/v1/runs/{run}/retries',
  searchLog: 'GET /api/v1/runs/{run}/hits',
  showApis: 'GET /api/v1/monitor/apis',
  showApproval: 'GET /api/v1/approvals/{approval}',
  showArtifact: 'GET /api/v1/runs/{run}/artifacts/{artifact}',
  showDatabase: 'GET /api/v1/monitor/database',
  showEstimate: 'GET /api/v1/runs/{run}/estimate',
  showExpectation: 'GET /api/v1/tasks/{task}/expectation',
  showFamily: 'GET /api/v1/runs/{run}/family',
  showGateway: 'GET /api/v1/monitor/gateway',
  showProtection: 'GET /api/v1/projects/{project}/protection',
  showQueues: 'GET /api/v1/monitor/tasks',
  showResult: 'GET /api/v1/runs/{run}/result',
  showRun: 'GET /api/v1/runs/{run}',
  showSamples: 'GET /api/v1/runs/{run}/samples',
  showSeries: 'GET /api/v1/runs/{run}/series',
  showSession: 'GET /api/v1/session',
  showStatements: 'GET /api/v1/database/statements',
  showStatistics: 'GET /api/v1/tasks/{task}/statistics',
  showSystem: 'GET /api/v1/monitor/system',
  showTask: 'GET /api/v1/tasks/{task}',
  showView: 'GET /api/v1/runs/{run}/view',
  showWaiting: 'GET /api/v1/runs/{run}/waiting',
  showWorker: 'GET /api/v1/workers/{worker}',
  startMany: 'POST /api/v1/tasks/{task}/run-batches',
  startRun: 'POST /api/v1/tasks/{task}/runs',
  streamEvents: 'GET /api/v1/live/sse',
  streamLog: 'GET /api/v1/runs/{run}/log',
  sumUp: 'GET /api/v1/statistics',
  sweepConnections: 'POST /api/v1/live/connections/sweeps',
  takeWorkerTurn: 'POST /api/v1/workers/{worker}/turns',
  validateParameters: 'POST /api/v1/tasks/{task}/validations',
  waitForNews: 'GET /api/v1/workers/{worker}/news',
  withdraw: 'DELETE /api/v1/approvals/{approval}',
  withdrawNotice: 'DELETE /api/v1/notices/{notice}',
} as const
