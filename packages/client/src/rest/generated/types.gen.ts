// DO NOT EDIT: written by `npm run generate -w @headway/client` from the routes of src/headway/web.

export type ClientOptions = {
    baseUrl: `${string}://${string}` | (string & {});
};

/**
 * AccountDetail
 */
export type AccountDetail = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Display Name
     */
    display_name: string;
    /**
     * Email
     */
    email: string | null;
    /**
     * Has Password
     */
    has_password: boolean;
    /**
     * Has Second Factor
     */
    has_second_factor: boolean;
    /**
     * Identities
     */
    identities: Array<IdentityGiven>;
    /**
     * Is Active
     */
    is_active: boolean;
    /**
     * Language
     */
    language: string | null;
    /**
     * Locked Until
     */
    locked_until: string | null;
    /**
     * Name
     */
    name: string;
    /**
     * Password Changed At
     */
    password_changed_at: string | null;
    second_factor: FactorShown | null;
    /**
     * Theme
     */
    theme: string | null;
    /**
     * Time Zone
     */
    time_zone: string | null;
};

/**
 * AccountEditInput
 *
 * What is left out stays as it is; an e-mail of null takes it away.
 */
export type AccountEditInput = {
    /**
     * Display Name
     */
    display_name?: string;
    /**
     * Email
     */
    email?: string | null;
    /**
     * Is Active
     */
    is_active?: boolean;
    /**
     * Is Locked
     */
    is_locked?: false;
};

/**
 * AccountGiven
 *
 * An account, without what nobody needs to see.
 */
export type AccountGiven = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Display Name
     */
    display_name: string;
    /**
     * Email
     */
    email: string | null;
    /**
     * Has Password
     */
    has_password: boolean;
    /**
     * Has Second Factor
     */
    has_second_factor: boolean;
    /**
     * Is Active
     */
    is_active: boolean;
    /**
     * Language
     */
    language: string | null;
    /**
     * Locked Until
     */
    locked_until: string | null;
    /**
     * Name
     */
    name: string;
    /**
     * Password Changed At
     */
    password_changed_at: string | null;
    /**
     * Theme
     */
    theme: string | null;
    /**
     * Time Zone
     */
    time_zone: string | null;
};

/**
 * AccountInput
 */
export type AccountInput = {
    /**
     * Display Name
     */
    display_name?: string | null;
    /**
     * Email
     */
    email?: string | null;
    /**
     * Name
     */
    name: string;
    /**
     * Password
     */
    password?: string | null;
    /**
     * Project
     */
    project?: string | null;
    /**
     * Role
     */
    role?: string | null;
};

/**
 * AccountMade
 */
export type AccountMade = {
    approval: ApprovalGiven | null;
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Display Name
     */
    display_name: string;
    /**
     * Email
     */
    email: string | null;
    /**
     * Has Password
     */
    has_password: boolean;
    /**
     * Has Second Factor
     */
    has_second_factor: boolean;
    /**
     * Is Active
     */
    is_active: boolean;
    /**
     * Language
     */
    language: string | null;
    link: HeadwayWebLinksSignInLink | null;
    /**
     * Locked Until
     */
    locked_until: string | null;
    /**
     * Name
     */
    name: string;
    /**
     * Password Changed At
     */
    password_changed_at: string | null;
    /**
     * Theme
     */
    theme: string | null;
    /**
     * Time Zone
     */
    time_zone: string | null;
};

/**
 * AccountPage
 */
export type AccountPage = {
    /**
     * Items
     */
    items: Array<AccountGiven>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * Action
 *
 * All that is audited. Facts, noun first; a new act adds its word here, with what it says.
 */
export type Action = 'sign_in.done' | 'sign_in.failed' | 'sign_in.locked' | 'sign_in_link.made' | 'session.ended' | 'token.made' | 'token.rotated' | 'token.revoked' | 'signing_keys.rotated' | 'account.made' | 'account.changed' | 'account.deleted' | 'password.changed' | 'second_factor.set' | 'second_factor.taken_off' | 'recovery_codes.made' | 'recovery_code.used' | 'proof.given' | 'identity.linked' | 'identity.unlinked' | 'group.made' | 'group.changed' | 'group.deleted' | 'role.made' | 'role.changed' | 'role.deleted' | 'grant.given' | 'grant.taken' | 'run.cancelled' | 'run.paused' | 'run.resumed' | 'run.retried' | 'run.edited' | 'run.deleted' | 'run.log_deleted' | 'run.shared' | 'runs.cancelled' | 'runs.paused' | 'runs.resumed' | 'runs.retried' | 'runs.deleted' | 'approval.asked' | 'approval.given' | 'approval.refused' | 'approval.expired' | 'approval.withdrawn' | 'task.changed' | 'secret.set' | 'secret.deleted' | 'secrets.rotated' | 'queue.changed' | 'quota.changed' | 'worker.asked' | 'notice.sent' | 'notice.withdrawn' | 'connection.ended' | 'setting.changed' | 'file.refused' | 'call.refused' | 'token.refused' | 'caller.slowed' | 'audit.exported' | 'audit.pruned' | 'audit.broken';

/**
 * ApiKeyCreated
 */
export type ApiKeyCreated = {
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Id
     */
    id: string;
    /**
     * Key
     */
    key: string;
    /**
     * Name
     */
    name: string;
    /**
     * Prefix
     */
    prefix: string;
};

/**
 * ApiKeyInput
 */
export type ApiKeyInput = {
    /**
     * Days
     */
    days?: number;
    /**
     * Name
     */
    name: string;
    /**
     * Scopes
     */
    scopes: Array<string>;
};

/**
 * ApiKeyPage
 */
export type ApiKeyPage = {
    /**
     * Items
     */
    items: Array<ApiKeyShown>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * ApiKeyRotationInput
 */
export type ApiKeyRotationInput = {
    /**
     * Days
     */
    days?: number | null;
    /**
     * Grace Seconds
     */
    grace_seconds?: number;
};

/**
 * ApiKeyShown
 */
export type ApiKeyShown = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Id
     */
    id: string;
    /**
     * Name
     */
    name: string;
    /**
     * Old Until
     */
    old_until: string | null;
    /**
     * Owner
     */
    owner: string;
    /**
     * Prefix
     */
    prefix: string;
    /**
     * Revoked At
     */
    revoked_at: string | null;
    /**
     * Rotated At
     */
    rotated_at: string | null;
    /**
     * Scopes
     */
    scopes: Array<string>;
    /**
     * Used At
     */
    used_at: string | null;
};

/**
 * ApisSampled
 */
export type ApisSampled = {
    /**
     * Begins At
     */
    begins_at: string;
    /**
     * Ends At
     */
    ends_at: string;
    /**
     * Routes
     */
    routes: Array<RouteFigures>;
    series: SampledSeries;
    /**
     * Step Seconds
     */
    step_seconds: number;
    /**
     * Times
     */
    times: Array<number>;
};

/**
 * ApprovalGiven
 *
 * A request, as one caller sees it.
 */
export type ApprovalGiven = {
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Given
     */
    given: number;
    /**
     * Id
     */
    id: string;
    /**
     * Is Mine
     */
    is_mine: boolean;
    kind: ApprovalKind;
    /**
     * May Decide
     */
    may_decide: boolean;
    /**
     * Needed
     */
    needed: number;
    /**
     * Outcome
     */
    outcome: {
        [key: string]: unknown;
    } | null;
    /**
     * Project
     */
    project: string | null;
    /**
     * Reached
     */
    reached: number;
    /**
     * Requested At
     */
    requested_at: string;
    /**
     * Requested By
     */
    requested_by: string;
    /**
     * Run
     */
    run: string | null;
    /**
     * Settled At
     */
    settled_at: string | null;
    state: ApprovalState;
    /**
     * Votes
     */
    votes: Array<Vote>;
    /**
     * What
     */
    what: {
        [key: string]: unknown;
    };
};

/**
 * ApprovalKind
 *
 * What is asked for, by the act that does it.
 */
export type ApprovalKind = 'run.start' | 'run.delete' | 'runs.cancel' | 'runs.delete' | 'grant.add';

/**
 * ApprovalPage
 */
export type ApprovalPage = {
    /**
     * Items
     */
    items: Array<ApprovalGiven>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * ApprovalState
 */
export type ApprovalState = 'pending' | 'approved' | 'refused' | 'expired' | 'withdrawn' | 'carried_out' | 'failed';

/**
 * ApproveInput
 */
export type ApproveInput = {
    /**
     * Reason
     */
    reason?: string | null;
};

/**
 * Artifact
 */
export type Artifact = {
    /**
     * Attempt
     */
    attempt: number;
    /**
     * Created At
     */
    created_at: string;
    /**
     * Id
     */
    id: string;
    /**
     * Media Type
     */
    media_type: string;
    /**
     * Name
     */
    name: string;
    /**
     * Run
     */
    run: string;
    /**
     * Sha256
     */
    sha256: string;
    /**
     * Size Bytes
     */
    size_bytes: number;
    /**
     * Stated Type
     */
    stated_type: string | null;
    /**
     * Step
     */
    step: string | null;
};

/**
 * ArtifactInput
 */
export type ArtifactInput = {
    /**
     * Attempt
     */
    attempt: number;
    /**
     * Created At
     */
    created_at: string;
    /**
     * Id
     */
    id: string;
    /**
     * Kind
     */
    kind: 'artifact';
    /**
     * Media Type
     */
    media_type: string;
    /**
     * Name
     */
    name: string;
    /**
     * Receipt
     */
    receipt: string;
    /**
     * Sha256
     */
    sha256: string;
    /**
     * Size Bytes
     */
    size_bytes: number;
    /**
     * Step
     */
    step?: string | null;
};

/**
 * ArtifactPage
 */
export type ArtifactPage = {
    /**
     * Items
     */
    items: Array<Artifact>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * Attempt
 */
export type Attempt = {
    /**
     * Ended At
     */
    ended_at: string | null;
    /**
     * Error
     */
    error: {
        [key: string]: unknown;
    } | null;
    /**
     * Fence
     */
    fence: number;
    /**
     * Number
     */
    number: number;
    outcome: Outcome | null;
    /**
     * Run
     */
    run: string;
    /**
     * Started At
     */
    started_at: string;
    /**
     * Worker
     */
    worker: string | null;
};

/**
 * AttemptPage
 */
export type AttemptPage = {
    /**
     * Items
     */
    items: Array<Attempt>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * Attended
 */
export type Attended = {
    /**
     * Is Now
     */
    is_now: boolean;
    /**
     * Watched
     */
    watched: {
        [key: string]: number;
    };
    /**
     * Wish
     */
    wish: string | null;
    /**
     * Wishes
     */
    wishes: {
        [key: string]: string | null;
    };
};

/**
 * AuditOutcome
 */
export type AuditOutcome = 'done' | 'refused' | 'failed';

/**
 * AuditRowPage
 */
export type AuditRowPage = {
    /**
     * Items
     */
    items: Array<AuditSeen>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * AuditSeen
 */
export type AuditSeen = {
    /**
     * Action
     */
    action: string;
    /**
     * Address
     */
    address: string | null;
    /**
     * After
     */
    after: unknown;
    /**
     * At
     */
    at: string;
    /**
     * Before
     */
    before: unknown;
    /**
     * By
     */
    by: string;
    /**
     * Hash
     */
    hash: string | null;
    /**
     * Id
     */
    id: string;
    /**
     * Number
     */
    number: number | null;
    /**
     * Outcome
     */
    outcome: string;
    /**
     * Project
     */
    project: string | null;
    /**
     * Request Id
     */
    request_id: string | null;
    /**
     * Target
     */
    target: string | null;
    /**
     * Token
     */
    token: string | null;
    /**
     * Transport
     */
    transport: string;
};

/**
 * Basis
 */
export type Basis = 'rate' | 'history' | 'both';

/**
 * BatchInput
 */
export type BatchInput = {
    /**
     * Batch No
     */
    batch_no: number;
    /**
     * Events
     */
    events: Array<{
        [key: string]: unknown;
    }>;
    /**
     * Fence
     */
    fence: number;
};

/**
 * Before
 *
 * A run that this one goes on with, and whose children that succeeded it does not start again.
 */
export type Before = {
    /**
     * Name
     */
    name: string;
    /**
     * Run
     */
    run: string;
    /**
     * Succeeded
     */
    succeeded: number;
};

/**
 * BriefEstimate
 *
 * What a list shows of a run.
 */
export type BriefEstimate = {
    estimate: Estimate | null;
    /**
     * Run
     */
    run: string;
};

/**
 * BriefEstimatePage
 */
export type BriefEstimatePage = {
    /**
     * Items
     */
    items: Array<BriefEstimate>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * BrokerHealth
 *
 * How it is with the broker of Celery; names stand in `/monitor/system`.
 */
export type BrokerHealth = {
    /**
     * Deaf Workers
     */
    deaf_workers: number;
    /**
     * Is Away
     */
    is_away: boolean;
    /**
     * Unheard Queues
     */
    unheard_queues: number;
};

/**
 * BrokerState
 *
 * How it is with Celery's broker and those who listen to it.
 */
export type BrokerState = {
    /**
     * Deaf Workers
     */
    deaf_workers: Array<DeafWorker>;
    /**
     * Is Away
     */
    is_away: boolean;
    /**
     * Unheard Queues
     */
    unheard_queues: Array<string>;
};

/**
 * Bulk
 */
export type Bulk = {
    /**
     * Failed
     */
    failed: Array<BulkFailure>;
    /**
     * Failed Count
     */
    failed_count: number;
    /**
     * Is Complete
     */
    is_complete: boolean;
    /**
     * Matched
     */
    matched: number;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Skipped
     */
    skipped: Array<BulkSkip>;
    /**
     * Skipped Count
     */
    skipped_count: number;
    /**
     * Started
     */
    started: Array<BulkStart>;
    /**
     * Succeeded
     */
    succeeded: number;
};

/**
 * BulkFailure
 */
export type BulkFailure = {
    /**
     * Id
     */
    id: string;
    problem: BulkProblem;
};

/**
 * BulkInput
 *
 * Which runs are meant is said in one way: by the filter in the query, by `runs`, or by `is_everything`.
 */
export type BulkInput = {
    /**
     * Cursor
     */
    cursor?: string | null;
    /**
     * Is Everything
     */
    is_everything?: boolean;
    /**
     * Is Preview
     */
    is_preview?: boolean;
    /**
     * Limit
     */
    limit?: number | null;
    /**
     * Reason
     */
    reason?: string | null;
    /**
     * Runs
     */
    runs?: Array<string> | null;
};

/**
 * BulkProblem
 */
export type BulkProblem = {
    /**
     * Code
     */
    code: string;
    /**
     * Detail
     */
    detail: string;
};

/**
 * BulkSkip
 */
export type BulkSkip = {
    /**
     * Ancestor
     */
    ancestor: string;
    /**
     * Id
     */
    id: string;
};

/**
 * BulkStart
 */
export type BulkStart = {
    /**
     * Id
     */
    id: string;
    /**
     * Run
     */
    run: string;
};

/**
 * By
 */
export type By = 'task' | 'run';

/**
 * CanaryState
 *
 * What the canary says now.
 */
export type CanaryState = {
    /**
     * Age Seconds
     */
    age_seconds: number | null;
    /**
     * Failed Count
     */
    failed_count: number;
    /**
     * Is Late
     */
    is_late: boolean;
    /**
     * Period Seconds
     */
    period_seconds: number;
    /**
     * Reason
     */
    reason: string | null;
    /**
     * Took Seconds
     */
    took_seconds: number | null;
};

/**
 * CatalogueInput
 */
export type CatalogueInput = {
    /**
     * Import Errors
     */
    import_errors?: {
        [key: string]: string;
    };
    /**
     * Modules
     */
    modules?: Array<string>;
    /**
     * Tasks
     */
    tasks: Array<{
        [key: string]: unknown;
    }>;
};

/**
 * Cause
 *
 * What a run waits for: a stable word, and its `sentence`, into which the fields of `Waiting` are put.
 */
export type Cause = 'scheduled' | 'retrying' | 'approval' | 'paused' | 'queue_paused' | 'queue_limit' | 'project_quota' | 'concurrency_key' | 'family_cap' | 'rate_limit' | 'no_worker' | 'queue_unserved' | 'task_unknown' | 'last_try' | 'workers_busy' | 'next' | 'nothing';

/**
 * CheckedPreset
 *
 * A preset, and what its task's schema says of it now.
 */
export type CheckedPreset = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Id
     */
    id: string;
    /**
     * Name
     */
    name: string;
    /**
     * Parameters
     */
    parameters: {
        [key: string]: unknown;
    };
    /**
     * Problems
     */
    problems: Array<ParameterProblem>;
    /**
     * Project
     */
    project: string;
    /**
     * Task
     */
    task: string;
    /**
     * Updated At
     */
    updated_at: string;
};

/**
 * Checkpoint
 */
export type Checkpoint = {
    /**
     * Attempt
     */
    attempt: number;
    /**
     * Created At
     */
    created_at: string;
    /**
     * Number
     */
    number: number;
    /**
     * Run
     */
    run: string;
    /**
     * Value
     */
    value: unknown;
};

/**
 * CheckpointInput
 */
export type CheckpointInput = {
    /**
     * Kind
     */
    kind: 'checkpoint';
    /**
     * Number
     */
    number: number;
    /**
     * Value
     */
    value: string;
};

/**
 * Child
 *
 * One of `Family.cells`.
 */
export type Child = {
    /**
     * Id
     */
    id: string;
    /**
     * Name
     */
    name: string;
    /**
     * Place
     */
    place: number;
    state: RunState;
};

/**
 * ChildPage
 */
export type ChildPage = {
    /**
     * Items
     */
    items: Array<Child>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * ChildrenInput
 */
export type ChildrenInput = {
    /**
     * Children
     */
    children: Array<{
        [key: string]: unknown;
    }>;
    /**
     * Kind
     */
    kind: 'children';
};

/**
 * Claim
 *
 * The right, and the duty, to execute one attempt of a run.
 */
export type Claim = {
    /**
     * Attempt
     */
    attempt: number;
    checkpoint: Checkpoint | null;
    /**
     * Fence
     */
    fence: number;
    run: Run;
    /**
     * Secrets
     */
    secrets: {
        [key: string]: string;
    };
};

/**
 * CodeAwaited
 *
 * The password was right, and a code is asked for.
 */
export type CodeAwaited = {
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Voucher
     */
    voucher: string;
};

/**
 * Compression
 */
export type Compression = 'gzip';

/**
 * Connection
 */
export type Connection = {
    /**
     * Address
     */
    address: string;
    /**
     * Age Seconds
     */
    age_seconds: number;
    /**
     * Channel Count
     */
    channel_count: number;
    /**
     * Channels
     */
    channels: Array<string>;
    /**
     * Id
     */
    id: string;
    /**
     * Is Stale
     */
    is_stale: boolean;
    /**
     * Lag Lines
     */
    lag_lines: number;
    /**
     * Node
     */
    node: string;
    /**
     * Silent Seconds
     */
    silent_seconds: number | null;
    transport: Transport;
    /**
     * Unread Seconds
     */
    unread_seconds: number;
    /**
     * User
     */
    user: string | null;
};

/**
 * ConnectionPage
 */
export type ConnectionPage = {
    /**
     * Items
     */
    items: Array<Connection>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * DatabaseSampled
 */
export type DatabaseSampled = {
    /**
     * Begins At
     */
    begins_at: string;
    /**
     * Ends At
     */
    ends_at: string;
    /**
     * Processes
     */
    processes: Array<SampledSeries>;
    /**
     * Slow
     */
    slow: Array<Slow>;
    /**
     * Step Seconds
     */
    step_seconds: number;
    /**
     * Times
     */
    times: Array<number>;
};

/**
 * Day
 */
export type Day = {
    /**
     * Day
     */
    day: string;
    /**
     * Failed
     */
    failed: number;
    /**
     * Other
     */
    other: number;
    /**
     * Succeeded
     */
    succeeded: number;
};

/**
 * DeafWorker
 */
export type DeafWorker = {
    /**
     * Label
     */
    label: string;
    /**
     * Queues
     */
    queues: Array<string>;
    /**
     * Worker
     */
    worker: string;
};

/**
 * DeviceGiven
 *
 * A program that somebody has signed in, and that renews its tokens by itself.
 */
export type DeviceGiven = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Id
     */
    id: string;
    /**
     * Name
     */
    name: string;
    /**
     * Renewed At
     */
    renewed_at: string;
};

/**
 * DevicePage
 */
export type DevicePage = {
    /**
     * Items
     */
    items: Array<DeviceGiven>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * Echoes
 *
 * What a worker of Celery hears of the broker: see `work/doorbell/echo.py`.
 */
export type Echoes = {
    /**
     * Deaf
     */
    deaf: Array<string>;
    /**
     * Heard At
     */
    heard_at: {
        [key: string]: string;
    };
};

/**
 * EditInput
 */
export type EditInput = {
    /**
     * Metadata
     */
    metadata?: {
        [key: string]: unknown;
    } | null;
    /**
     * Name
     */
    name?: string | null;
    /**
     * Priority
     */
    priority?: number | null;
    /**
     * Tags
     */
    tags?: Array<string> | null;
};

/**
 * EndInput
 */
export type EndInput = {
    /**
     * Batch No
     */
    batch_no?: number;
    error?: RemoteError | null;
    /**
     * Events
     */
    events?: Array<string>;
    /**
     * Fence
     */
    fence: number;
    /**
     * Outcome
     */
    outcome: 'succeeded' | 'failed' | 'cancelled' | 'timed_out' | 'paused' | 'released' | 'lost';
    /**
     * Result
     */
    result?: string | null;
    /**
     * Retry Delay Seconds
     */
    retry_delay_seconds?: number | null;
    /**
     * Run
     */
    run: string;
};

/**
 * EndSeen
 */
export type EndSeen = {
    /**
     * Error
     */
    error: {
        [key: string]: unknown;
    } | null;
    /**
     * Name
     */
    name: string;
    /**
     * Result
     */
    result: string | null;
    /**
     * Run
     */
    run: string;
    state: RunState;
};

/**
 * EntryPage
 */
export type EntryPage = {
    /**
     * Items
     */
    items: Array<{
        [key: string]: unknown;
    }>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * ErrorGroup
 *
 * Children that failed alike.
 */
export type ErrorGroup = {
    /**
     * Code
     */
    code: string;
    /**
     * Count
     */
    count: number;
    /**
     * Message
     */
    message: string;
    /**
     * Runs
     */
    runs: Array<string>;
    /**
     * Type
     */
    type: string | null;
};

/**
 * Estimate
 */
export type Estimate = {
    basis: Basis;
    /**
     * Is Slower Than Usual
     */
    is_slower_than_usual: boolean;
    left: Spell;
    /**
     * Slowness
     */
    slowness: number | null;
};

/**
 * EventPage
 */
export type EventPage = {
    /**
     * Items
     */
    items: Array<{
        [key: string]: unknown;
    }>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * Expectation
 *
 * How long a run of a task will take, before it has begun.
 */
export type Expectation = {
    /**
     * Count
     */
    count: number;
    usual: Spell | null;
};

/**
 * FactorBegun
 *
 * What an app needs to know. It is said once.
 */
export type FactorBegun = {
    /**
     * Address
     */
    address: string;
    /**
     * Picture
     */
    picture: string;
    /**
     * Secret
     */
    secret: string;
};

/**
 * FactorCodeInput
 */
export type FactorCodeInput = {
    /**
     * Code
     */
    code: string;
};

/**
 * FactorShown
 */
export type FactorShown = {
    /**
     * Recovery Codes Left
     */
    recovery_codes_left: number;
    /**
     * Set At
     */
    set_at: string;
};

/**
 * Family
 *
 * The children of a run, small enough to be asked for once a second however many they are.
 */
export type Family = {
    /**
     * Before
     */
    before: Array<Before>;
    /**
     * Cells
     */
    cells: string;
    /**
     * Done
     */
    done: number;
    /**
     * Errors
     */
    errors: Array<ErrorGroup>;
    /**
     * Is Every Error
     */
    is_every_error: boolean;
    /**
     * Letters
     */
    letters: {
        [key: string]: string;
    };
    /**
     * States
     */
    states: {
        [key: string]: number;
    };
    /**
     * Total
     */
    total: number;
};

/**
 * Fault
 *
 * One thing that is not as Headway left it.
 */
export type Fault = {
    /**
     * Number
     */
    number: number;
    /**
     * What
     */
    what: string;
};

/**
 * FileSeen
 */
export type FileSeen = {
    /**
     * Receipt
     */
    receipt: string;
    /**
     * Sha256
     */
    sha256: string;
    /**
     * Size Bytes
     */
    size_bytes: number;
};

/**
 * FlagKind
 */
export type FlagKind = 'pool' | 'lag' | 'churn' | 'lost_news' | 'bus';

/**
 * Form
 */
export type Form = 'json' | 'ndjson' | 'text' | 'sse';

/**
 * Format
 */
export type Format = 'ndjson' | 'csv';

/**
 * GatewayFlag
 */
export type GatewayFlag = {
    /**
     * Bound
     */
    bound: number;
    /**
     * Gateway
     */
    gateway: string;
    kind: FlagKind;
    /**
     * Value
     */
    value: number;
};

/**
 * GatewaySampled
 */
export type GatewaySampled = {
    /**
     * Begins At
     */
    begins_at: string;
    /**
     * Ends At
     */
    ends_at: string;
    /**
     * Flags
     */
    flags: Array<GatewayFlag>;
    /**
     * Gateways
     */
    gateways: Array<SampledSeries>;
    /**
     * Step Seconds
     */
    step_seconds: number;
    /**
     * Times
     */
    times: Array<number>;
};

/**
 * Grant
 *
 * A role, given to an account or to a group, in one project or in all.
 */
export type Grant = {
    /**
     * Account
     */
    account: string | null;
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Group
     */
    group: string | null;
    /**
     * Id
     */
    id: string;
    /**
     * Project
     */
    project: string | null;
    /**
     * Role
     */
    role: string;
};

/**
 * GrantInput
 */
export type GrantInput = {
    /**
     * Account
     */
    account?: string | null;
    /**
     * Group
     */
    group?: string | null;
    /**
     * Project
     */
    project?: string | null;
    /**
     * Role
     */
    role: string;
};

/**
 * GrantPage
 */
export type GrantPage = {
    /**
     * Items
     */
    items: Array<Grant>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * GrantShown
 *
 * A grant that counts for somebody, and what it gives.
 */
export type GrantShown = {
    /**
     * Group
     */
    group: string | null;
    /**
     * Id
     */
    id: string;
    /**
     * Permissions
     */
    permissions: Array<string>;
    /**
     * Project
     */
    project: string | null;
    /**
     * Role
     */
    role: string;
};

/**
 * Group
 */
export type Group = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Description
     */
    description: string;
    /**
     * Members
     */
    members: Array<string>;
    /**
     * Name
     */
    name: string;
};

/**
 * GroupBy
 */
export type GroupBy = 'none' | 'task' | 'user' | 'project' | 'state';

/**
 * GroupEditInput
 */
export type GroupEditInput = {
    /**
     * Add
     */
    add?: Array<string>;
    /**
     * Description
     */
    description?: string | null;
    /**
     * Remove
     */
    remove?: Array<string>;
};

/**
 * GroupInput
 */
export type GroupInput = {
    /**
     * Description
     */
    description?: string;
    /**
     * Members
     */
    members?: Array<string>;
    /**
     * Name
     */
    name: string;
};

/**
 * GroupPage
 */
export type GroupPage = {
    /**
     * Items
     */
    items: Array<Group>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * Guide
 */
export type Guide = {
    /**
     * Bar
     */
    bar: string | null;
    /**
     * Count
     */
    count: number;
    /**
     * Durations
     */
    durations: Array<number>;
    /**
     * Knots
     */
    knots: Array<Knot>;
    usual: Spell | null;
};

/**
 * Health
 */
export type Health = {
    /**
     * Ok
     */
    ok: boolean;
};

/**
 * Heard
 */
export type Heard = {
    /**
     * Run
     */
    run: string;
    /**
     * Wish
     */
    wish: string;
};

/**
 * Hit
 *
 * An entry that matches.
 */
export type Hit = {
    /**
     * At
     */
    at: string;
    /**
     * Attempt
     */
    attempt: number | null;
    /**
     * Begin
     */
    begin: number;
    /**
     * Kind
     */
    kind: string;
    /**
     * Level
     */
    level: string | null;
    /**
     * Line
     */
    line: number;
    /**
     * Spans
     */
    spans: Array<[
        number,
        number
    ]>;
    /**
     * Step
     */
    step: string | null;
    /**
     * Text
     */
    text: string;
};

/**
 * Hits
 */
export type Hits = {
    /**
     * Items
     */
    items: Array<Hit>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Scanned To
     */
    scanned_to: number;
    /**
     * Total
     */
    total: null;
};

/**
 * IdentityGiven
 */
export type IdentityGiven = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Id
     */
    id: string;
    /**
     * Issuer
     */
    issuer: string;
    /**
     * Subject
     */
    subject: string;
};

/**
 * IdentityInput
 */
export type IdentityInput = {
    /**
     * To
     */
    to?: string;
};

/**
 * KeyRotated
 */
export type KeyRotated = {
    /**
     * Ended
     */
    ended: Array<string>;
    key: SigningKey;
};

/**
 * KinInput
 */
export type KinInput = {
    /**
     * Awaited
     */
    awaited?: Array<string>;
    /**
     * Parents
     */
    parents?: Array<string>;
};

/**
 * KinSeen
 */
export type KinSeen = {
    /**
     * Ends
     */
    ends: Array<EndSeen>;
};

/**
 * Knot
 *
 * What is known when a twentieth more of the work is done.
 */
export type Knot = {
    /**
     * High
     */
    high: number;
    /**
     * Left Seconds
     */
    left_seconds: number | null;
    /**
     * Low
     */
    low: number;
    /**
     * Rate Weight
     */
    rate_weight: number;
    /**
     * Share
     */
    share: number;
};

/**
 * LeaveInput
 */
export type LeaveInput = {
    /**
     * Is Now
     */
    is_now?: boolean;
};

/**
 * LevelGroup
 */
export type LevelGroup = {
    /**
     * Levels
     */
    levels: {
        [key: string]: number;
    };
    /**
     * Name
     */
    name: string | null;
    /**
     * Run
     */
    run: string | null;
    /**
     * Task
     */
    task: string | null;
};

/**
 * ListedStatement
 */
export type ListedStatement = {
    /**
     * Asked By
     */
    asked_by: string;
    /**
     * At
     */
    at: string;
    /**
     * Process
     */
    process: string;
    purpose: Purpose;
    /**
     * Seconds
     */
    seconds: number;
    /**
     * Statement
     */
    statement: string;
};

/**
 * LogCounts
 */
export type LogCounts = {
    /**
     * Count
     */
    count: number;
    /**
     * Groups
     */
    groups: Array<LevelGroup>;
    /**
     * Is Complete
     */
    is_complete: boolean;
    /**
     * Levels
     */
    levels: {
        [key: string]: number;
    };
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Runs
     */
    runs: number;
};

/**
 * LogFormat
 */
export type LogFormat = 'text' | 'ndjson';

/**
 * LogPage
 */
export type LogPage = {
    /**
     * Is Complete
     */
    is_complete: boolean;
    /**
     * Items
     */
    items: Array<{
        [key: string]: unknown;
    }>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Runs Ended
     */
    runs_ended: number;
    /**
     * Stopped At
     */
    stopped_at: {
        [key: string]: unknown;
    } | null;
    /**
     * Total
     */
    total: null;
};

/**
 * NewsSeen
 */
export type NewsSeen = {
    /**
     * Is Now
     */
    is_now: boolean;
    /**
     * Is Queued
     */
    is_queued: boolean;
    /**
     * Node
     */
    node: string;
    /**
     * Number
     */
    number: number;
    /**
     * Wish
     */
    wish: string | null;
    /**
     * Wishes
     */
    wishes: Array<Heard>;
};

/**
 * NoticeGiven
 */
export type NoticeGiven = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Id
     */
    id: string;
    level: NoticeLevel;
    /**
     * Title
     */
    title: string;
    /**
     * User
     */
    user: string | null;
};

/**
 * NoticeInput
 */
export type NoticeInput = {
    /**
     * Expires In
     */
    expires_in?: number;
    level?: NoticeLevel;
    /**
     * Title
     */
    title: string;
    /**
     * User
     */
    user?: string | null;
};

/**
 * NoticeLevel
 */
export type NoticeLevel = 'info' | 'warning' | 'error';

/**
 * NoticePage
 */
export type NoticePage = {
    /**
     * Items
     */
    items: Array<NoticeGiven>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * OpenInput
 */
export type OpenInput = {
    /**
     * External Id
     */
    external_id?: string | null;
    /**
     * Lost After Seconds
     */
    lost_after_seconds?: number;
    /**
     * Metadata
     */
    metadata?: {
        [key: string]: unknown;
    };
    /**
     * Name
     */
    name: string;
    /**
     * Project
     */
    project?: string;
    /**
     * Tags
     */
    tags?: Array<string>;
};

/**
 * Opened
 */
export type Opened = {
    /**
     * Attempt
     */
    attempt: number;
    /**
     * Fence
     */
    fence: number;
    run: Run;
    /**
     * Token
     */
    token: string;
};

/**
 * Options
 *
 * How a task's runs are executed. A run keeps the options it was started with.
 */
export type Options = {
    /**
     * Approval
     */
    approval: number;
    /**
     * Concurrency Key
     */
    concurrency_key: string | null;
    /**
     * Concurrency Limit
     */
    concurrency_limit: number | null;
    /**
     * Family Key
     */
    family_key: string | null;
    /**
     * Family Limit
     */
    family_limit: number | null;
    /**
     * Is Resumable
     */
    is_resumable: boolean;
    /**
     * Lost After Seconds
     */
    lost_after_seconds: number;
    /**
     * Max Attempts
     */
    max_attempts: number;
    /**
     * No Retry On
     */
    no_retry_on: Array<string>;
    /**
     * Priority
     */
    priority: number;
    /**
     * Queue
     */
    queue: string;
    /**
     * Rate Limit Count
     */
    rate_limit_count: number | null;
    /**
     * Rate Limit Key
     */
    rate_limit_key: string | null;
    /**
     * Rate Limit Seconds
     */
    rate_limit_seconds: number;
    /**
     * Retry Delay Max Seconds
     */
    retry_delay_max_seconds: number;
    /**
     * Retry Delay Seconds
     */
    retry_delay_seconds: number;
    /**
     * Retry On
     */
    retry_on: Array<string>;
    /**
     * Secrets
     */
    secrets: Array<string>;
    /**
     * Soft Timeout Seconds
     */
    soft_timeout_seconds: number | null;
    /**
     * Tags
     */
    tags: Array<string>;
    /**
     * Timeout Seconds
     */
    timeout_seconds: number | null;
};

/**
 * Outcome
 *
 * How an attempt ended. ``released`` gives the run back unharmed (a worker that shuts down).
 */
export type Outcome = 'succeeded' | 'failed' | 'cancelled' | 'timed_out' | 'lost' | 'paused' | 'released';

/**
 * OutcomeBucket
 */
export type OutcomeBucket = {
    /**
     * At
     */
    at: string;
    /**
     * Count
     */
    count: number;
    duration_seconds: Spread;
    /**
     * Failed Attempts
     */
    failed_attempts: number;
    /**
     * Lost Attempts
     */
    lost_attempts: number;
    /**
     * Per Hour
     */
    per_hour: number;
    queue_seconds: Spread;
    /**
     * Runs
     */
    runs: {
        [key: string]: number;
    };
    /**
     * Success Rate
     */
    success_rate: number | null;
};

/**
 * OutcomeError
 *
 * What went wrong; further fields are kept.
 */
export type OutcomeError = {
    /**
     * Code
     */
    code: string;
    /**
     * Is Retryable
     */
    is_retryable?: boolean | null;
    /**
     * Message
     */
    message?: string;
    /**
     * Traceback
     */
    traceback?: string | null;
    /**
     * Type
     */
    type?: string | null;
    [key: string]: unknown;
};

/**
 * OutcomeGroup
 */
export type OutcomeGroup = {
    /**
     * Count
     */
    count: number;
    duration_seconds: Spread;
    /**
     * Failed Attempts
     */
    failed_attempts: number;
    /**
     * Key
     */
    key: string | null;
    /**
     * Lost Attempts
     */
    lost_attempts: number;
    /**
     * Per Hour
     */
    per_hour: number;
    queue_seconds: Spread;
    /**
     * Runs
     */
    runs: {
        [key: string]: number;
    };
    /**
     * Success Rate
     */
    success_rate: number | null;
};

/**
 * OutcomeInput
 */
export type OutcomeInput = {
    /**
     * Batch No
     */
    batch_no?: number;
    error?: OutcomeError | null;
    /**
     * Events
     */
    events?: Array<{
        [key: string]: unknown;
    }>;
    /**
     * Fence
     */
    fence: number;
    /**
     * Outcome
     */
    outcome: 'succeeded' | 'failed' | 'cancelled' | 'timed_out';
    /**
     * Result
     */
    result?: unknown;
};

/**
 * Outcomes
 */
export type Outcomes = {
    /**
     * Count
     */
    count: number;
    duration_seconds: Spread;
    /**
     * Failed Attempts
     */
    failed_attempts: number;
    /**
     * Lost Attempts
     */
    lost_attempts: number;
    /**
     * Per Hour
     */
    per_hour: number;
    queue_seconds: Spread;
    /**
     * Runs
     */
    runs: {
        [key: string]: number;
    };
    /**
     * Success Rate
     */
    success_rate: number | null;
};

/**
 * OwnAccountInput
 *
 * What is left out stays as it is; null: as the browser, or the system, says.
 */
export type OwnAccountInput = {
    /**
     * Display Name
     */
    display_name?: string;
    /**
     * Language
     */
    language?: 'en' | 'zh-CN' | null;
    /**
     * Theme
     */
    theme?: 'light' | 'dark' | null;
    /**
     * Time Zone
     */
    time_zone?: string | null;
};

/**
 * ParameterProblem
 *
 * Something about the parameters that does not fit.
 */
export type ParameterProblem = {
    /**
     * Field
     */
    field: string;
    /**
     * Message
     */
    message: string;
};

/**
 * ParcelInput
 */
export type ParcelInput = {
    /**
     * Batch No
     */
    batch_no?: number;
    /**
     * Events
     */
    events?: Array<string>;
    /**
     * Fence
     */
    fence: number;
    /**
     * Keep
     */
    keep?: ({
        kind: 'checkpoint';
    } & CheckpointInput) | ({
        kind: 'artifact';
    } & ArtifactInput) | ({
        kind: 'children';
    } & ChildrenInput) | null;
    /**
     * Run
     */
    run: string;
};

/**
 * ParcelSeen
 */
export type ParcelSeen = {
    error: Refusal | null;
    /**
     * Started
     */
    started: Array<string>;
    /**
     * Wish
     */
    wish: string | null;
};

/**
 * ParcelsInput
 */
export type ParcelsInput = {
    /**
     * Parcels
     */
    parcels: Array<ParcelInput>;
};

/**
 * ParcelsSeen
 */
export type ParcelsSeen = {
    /**
     * Answers
     */
    answers: Array<ParcelSeen>;
};

/**
 * PasswordInput
 */
export type PasswordInput = {
    /**
     * New
     */
    new: string;
    /**
     * Old
     */
    old: string;
};

/**
 * PasswordSignInInput
 */
export type PasswordSignInInput = {
    /**
     * Name
     */
    name: string;
    /**
     * Password
     */
    password: string;
};

/**
 * Permission
 */
export type Permission = 'task:read' | 'task:edit' | 'script:edit' | 'rule:edit' | 'run:read' | 'run:start' | 'run:cancel' | 'run:pause' | 'run:retry' | 'run:edit' | 'run:delete' | 'run:record' | 'run:share' | 'run:inspect' | 'queue:manage' | 'worker:manage' | 'worker:serve' | 'system:read' | 'connection:manage' | 'notice:send' | 'approval:decide' | 'secret:read' | 'secret:edit' | 'user:admin' | 'grant:edit' | 'role:edit' | 'audit:read' | 'token:create' | 'token:revoke' | 'session:create';

/**
 * PermissionPage
 */
export type PermissionPage = {
    /**
     * Items
     */
    items: Array<PermissionShown>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * PermissionShown
 *
 * A word of the vocabulary.
 */
export type PermissionShown = {
    /**
     * Name
     */
    name: string;
    /**
     * Roles
     */
    roles: Array<string>;
};

/**
 * PointPage
 */
export type PointPage = {
    /**
     * Items
     */
    items: Array<{
        [key: string]: unknown;
    }>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * PollChannel
 *
 * A `subscribe` of the live wire.
 */
export type PollChannel = {
    /**
     * Channel
     */
    channel: string;
    /**
     * Facets
     */
    facets?: Array<string> | null;
    /**
     * From
     *
     * Where to begin, of a channel that is not in the cursor: `{line}` or `{tail}`.
     */
    from?: {
        [key: string]: unknown;
    } | null;
    /**
     * Has View
     *
     * You hold the view at the cursor's position: go on from there, without a snapshot.
     */
    has_view?: boolean;
};

/**
 * PollInput
 */
export type PollInput = {
    /**
     * Cursor
     */
    cursor?: string | null;
    /**
     * Subscribe
     */
    subscribe: Array<PollChannel>;
    /**
     * Wait
     */
    wait?: number;
};

/**
 * Polled
 */
export type Polled = {
    /**
     * Cursor
     */
    cursor: string;
    /**
     * Messages
     */
    messages: Array<{
        [key: string]: unknown;
    }>;
};

/**
 * PresenceInput
 */
export type PresenceInput = {
    /**
     * Held
     */
    held?: {
        [key: string]: unknown | number;
    };
    /**
     * Host
     */
    host: string;
    /**
     * Is Draining
     */
    is_draining?: boolean;
    /**
     * Pid
     */
    pid: number;
    /**
     * Queues
     */
    queues?: Array<string>;
    /**
     * Samples
     */
    samples?: Array<SampleInput>;
    /**
     * Slots
     */
    slots: number;
    /**
     * Started At
     */
    started_at: string;
    /**
     * Tasks
     */
    tasks?: Array<string>;
    /**
     * Version
     */
    version: string;
};

/**
 * PresetEditInput
 */
export type PresetEditInput = {
    /**
     * Name
     */
    name?: string | null;
    /**
     * Parameters
     */
    parameters?: {
        [key: string]: unknown;
    } | null;
};

/**
 * PresetInput
 */
export type PresetInput = {
    /**
     * Name
     */
    name: string;
    /**
     * Parameters
     */
    parameters: {
        [key: string]: unknown;
    };
    /**
     * Project
     */
    project?: string;
};

/**
 * PresetPage
 */
export type PresetPage = {
    /**
     * Items
     */
    items: Array<CheckedPreset>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * Problem
 *
 * RFC 9457. Further fields say more about some codes.
 */
export type Problem = {
    /**
     * Code
     */
    code: string;
    /**
     * Detail
     */
    detail: string;
    /**
     * Field
     */
    field?: string | null;
    /**
     * Request Id
     */
    request_id: string;
    /**
     * Status
     */
    status: number;
    /**
     * Title
     */
    title: string;
    /**
     * Type
     */
    type: string;
    [key: string]: unknown;
};

/**
 * ProgressInput
 */
export type ProgressInput = {
    /**
     * Done
     */
    done?: number | null;
    /**
     * Message
     */
    message?: string | null;
    /**
     * Stage
     */
    stage?: string | null;
    /**
     * Status Text
     */
    status_text?: string | null;
    /**
     * Total
     */
    total?: number | null;
    /**
     * Unit
     */
    unit?: string | null;
};

/**
 * ProofInput
 */
export type ProofInput = {
    /**
     * Code
     */
    code?: string | null;
    /**
     * Password
     */
    password: string;
};

/**
 * Protection
 *
 * How many others have to approve what is done in a project; 0: nobody.
 */
export type Protection = {
    /**
     * Bulk
     */
    bulk: number;
    /**
     * Changed At
     */
    changed_at: string | null;
    /**
     * Changed By
     */
    changed_by: string;
    /**
     * Grant Admin
     */
    grant_admin: number;
    /**
     * Project
     */
    project: string;
    /**
     * Run Delete
     */
    run_delete: number;
    /**
     * Run Start
     */
    run_start: number;
};

/**
 * ProtectionInput
 *
 * How many others have to approve; what is left out needs nobody.
 */
export type ProtectionInput = {
    /**
     * Bulk
     */
    bulk?: number;
    /**
     * Grant Admin
     */
    grant_admin?: number;
    /**
     * Run Delete
     */
    run_delete?: number;
    /**
     * Run Start
     */
    run_start?: number;
};

/**
 * ProtectionPage
 */
export type ProtectionPage = {
    /**
     * Items
     */
    items: Array<Protection>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * ProviderNamed
 */
export type ProviderNamed = {
    /**
     * Name
     */
    name: string;
};

/**
 * Purpose
 *
 * What a statement was part of.
 */
export type Purpose = 'act' | 'query' | 'commit';

/**
 * Queue
 *
 * What people have said of a queue. One of which nobody has said anything is open and without limits.
 */
export type Queue = {
    /**
     * Is Paused
     */
    is_paused: boolean;
    /**
     * Name
     */
    name: string;
    /**
     * Paused At
     */
    paused_at: string | null;
    /**
     * Paused By
     */
    paused_by: string | null;
    /**
     * Queued Limit
     */
    queued_limit: number | null;
    /**
     * Running Limit
     */
    running_limit: number | null;
};

/**
 * QueueInput
 *
 * What is left out stays as it is; a limit of null takes it away.
 */
export type QueueInput = {
    /**
     * Is Paused
     */
    is_paused?: boolean | null;
    /**
     * Queued Limit
     */
    queued_limit?: number | null;
    /**
     * Running Limit
     */
    running_limit?: number | null;
};

/**
 * QueuePage
 */
export type QueuePage = {
    /**
     * Items
     */
    items: Array<QueueState>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * QueueState
 *
 * A queue with what is in it.
 */
export type QueueState = {
    /**
     * Is Paused
     */
    is_paused: boolean;
    /**
     * Name
     */
    name: string;
    /**
     * Paused At
     */
    paused_at: string | null;
    /**
     * Paused By
     */
    paused_by: string | null;
    /**
     * Queued Limit
     */
    queued_limit: number | null;
    /**
     * Running Limit
     */
    running_limit: number | null;
    /**
     * States
     */
    states: {
        [key: string]: number;
    };
    /**
     * Worker Count
     */
    worker_count: number;
};

/**
 * Quota
 *
 * How much of everything a project may have.
 */
export type Quota = {
    /**
     * Project
     */
    project: string;
    /**
     * Queued Limit
     */
    queued_limit: number | null;
    /**
     * Running Limit
     */
    running_limit: number | null;
};

/**
 * QuotaInput
 *
 * What is left out stays as it is; a limit of null takes it away.
 */
export type QuotaInput = {
    /**
     * Queued Limit
     */
    queued_limit?: number | null;
    /**
     * Running Limit
     */
    running_limit?: number | null;
};

/**
 * QuotaPage
 */
export type QuotaPage = {
    /**
     * Items
     */
    items: Array<Quota>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * Readiness
 */
export type Readiness = {
    broker: BrokerHealth | null;
    canary: CanaryState | null;
    /**
     * Ok
     */
    ok: boolean;
    /**
     * Reasons
     */
    reasons: Array<string>;
    /**
     * Status
     */
    status: string;
};

/**
 * RecentRun
 */
export type RecentRun = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Duration Seconds
     */
    duration_seconds: number | null;
    /**
     * Id
     */
    id: string;
    /**
     * Name
     */
    name: string;
    /**
     * Started At
     */
    started_at: string | null;
    state: RunState;
};

/**
 * Recorded
 */
export type Recorded = {
    /**
     * Last Line
     */
    last_line: number;
    /**
     * Last Seq
     */
    last_seq: number;
    /**
     * Lease Until
     */
    lease_until: string;
    /**
     * Watched
     */
    watched: number;
    /**
     * Wish
     */
    wish: string | null;
};

/**
 * RecoveryCodes
 */
export type RecoveryCodes = {
    /**
     * Recovery Codes
     */
    recovery_codes: Array<string>;
};

/**
 * RefreshInput
 */
export type RefreshInput = {
    /**
     * Refresh Token
     */
    refresh_token: string;
};

/**
 * Refusal
 */
export type Refusal = {
    /**
     * Code
     */
    code: string;
    /**
     * Fields
     */
    fields: {
        [key: string]: unknown;
    };
    /**
     * Message
     */
    message: string;
};

/**
 * RefuseInput
 */
export type RefuseInput = {
    /**
     * Reason
     */
    reason: string;
};

/**
 * RemoteError
 *
 * What went wrong; further fields are kept.
 */
export type RemoteError = {
    /**
     * Code
     */
    code: string;
    [key: string]: unknown;
};

/**
 * RemoteInput
 */
export type RemoteInput = {
    /**
     * Instance
     */
    instance: string;
};

/**
 * RemoteSeen
 */
export type RemoteSeen = {
    /**
     * Lease Seconds
     */
    lease_seconds: number;
    /**
     * Renew Seconds
     */
    renew_seconds: number;
    /**
     * Worker
     */
    worker: string;
};

/**
 * RetryInput
 */
export type RetryInput = {
    /**
     * Parameters
     */
    parameters?: {
        [key: string]: unknown;
    } | null;
};

/**
 * Revocation
 *
 * A token that is good no more, or all tokens of a session.
 */
export type Revocation = {
    /**
     * By
     */
    by: string;
    /**
     * Ends At
     */
    ends_at: string;
    /**
     * Id
     */
    id: string;
    /**
     * Revoked At
     */
    revoked_at: string;
};

/**
 * RevocationInput
 */
export type RevocationInput = {
    /**
     * Id
     */
    id?: string | null;
    /**
     * Token
     */
    token?: string | null;
};

/**
 * RevocationPage
 */
export type RevocationPage = {
    /**
     * Items
     */
    items: Array<Revocation>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * RightsShown
 *
 * What an account may do, and why.
 */
export type RightsShown = {
    /**
     * Account
     */
    account: string;
    /**
     * Everywhere
     */
    everywhere: Array<string>;
    /**
     * Grants
     */
    grants: Array<GrantShown>;
    /**
     * Groups
     */
    groups: Array<string>;
    /**
     * In Projects
     */
    in_projects: {
        [key: string]: Array<string>;
    };
    /**
     * Is Active
     */
    is_active: boolean;
};

/**
 * RoleInput
 */
export type RoleInput = {
    /**
     * Description
     */
    description?: string;
    /**
     * Inherits
     */
    inherits?: Array<string>;
    /**
     * Permissions
     */
    permissions?: Array<Permission>;
};

/**
 * RolePage
 */
export type RolePage = {
    /**
     * Items
     */
    items: Array<RoleShown>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * RoleShown
 *
 * A role as people read it.
 */
export type RoleShown = {
    /**
     * Created At
     */
    created_at: string | null;
    /**
     * Created By
     */
    created_by: string | null;
    /**
     * Description
     */
    description: string;
    /**
     * Holds
     */
    holds: Array<string>;
    /**
     * Inherits
     */
    inherits: Array<string>;
    /**
     * Is Built In
     */
    is_built_in: boolean;
    /**
     * Name
     */
    name: string;
    /**
     * Permissions
     */
    permissions: Array<string>;
};

/**
 * RotateKeysInput
 */
export type RotateKeysInput = {
    /**
     * Is Ending Old
     */
    is_ending_old?: boolean;
};

/**
 * RotationInput
 */
export type RotationInput = {
    [key: string]: never;
};

/**
 * RouteFigures
 *
 * A route over the whole stretch.
 */
export type RouteFigures = {
    /**
     * Calls
     */
    calls: number;
    /**
     * Client Errors
     */
    client_errors: number;
    /**
     * Errors
     */
    errors: number;
    /**
     * P50
     */
    p50: number | null;
    /**
     * P95
     */
    p95: number | null;
    /**
     * Route
     */
    route: string;
    /**
     * Spread
     */
    spread: Array<[
        number,
        number
    ]>;
};

/**
 * Run
 */
export type Run = {
    /**
     * Attempt
     */
    attempt: number;
    /**
     * Blocked On
     */
    blocked_on: string | null;
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Error Code
     */
    error_code: string | null;
    /**
     * External Id
     */
    external_id: string | null;
    /**
     * Failed Count
     */
    failed_count: number;
    /**
     * Finished At
     */
    finished_at: string | null;
    /**
     * Id
     */
    id: string;
    /**
     * Kind
     */
    kind: string;
    /**
     * Lost Count
     */
    lost_count: number;
    /**
     * Metadata
     */
    metadata: {
        [key: string]: unknown;
    };
    /**
     * Name
     */
    name: string;
    options: Options;
    /**
     * Parameters
     */
    parameters: {
        [key: string]: unknown;
    };
    /**
     * Parent
     */
    parent: string | null;
    /**
     * Priority
     */
    priority: number;
    /**
     * Project
     */
    project: string;
    /**
     * Queue
     */
    queue: string;
    /**
     * Queued At
     */
    queued_at: string | null;
    /**
     * Run After
     */
    run_after: string | null;
    /**
     * Started At
     */
    started_at: string | null;
    state: RunState;
    /**
     * Tags
     */
    tags: Array<string>;
    /**
     * Task
     */
    task: string | null;
};

/**
 * RunAtWork
 */
export type RunAtWork = {
    /**
     * Cpu
     */
    cpu: number | null;
    /**
     * Memory Bytes
     */
    memory_bytes: number | null;
    /**
     * Name
     */
    name: string;
    /**
     * Processes
     */
    processes: number | null;
    /**
     * Project
     */
    project: string;
    /**
     * Run
     */
    run: string;
    /**
     * Sharing
     */
    sharing: number;
    /**
     * Task
     */
    task: string | null;
};

/**
 * RunDetail
 *
 * A run's fields, and these beside them.
 */
export type RunDetail = {
    /**
     * Attempt
     */
    attempt: number;
    /**
     * Attempts
     */
    attempts: Array<Attempt>;
    /**
     * Blocked On
     */
    blocked_on: string | null;
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Error Code
     */
    error_code: string | null;
    /**
     * External Id
     */
    external_id: string | null;
    /**
     * Failed Count
     */
    failed_count: number;
    /**
     * Finished At
     */
    finished_at: string | null;
    /**
     * Id
     */
    id: string;
    /**
     * Kind
     */
    kind: string;
    /**
     * Last Line
     */
    last_line: number;
    /**
     * Last Seq
     */
    last_seq: number;
    /**
     * Lost Count
     */
    lost_count: number;
    /**
     * Metadata
     */
    metadata: {
        [key: string]: unknown;
    };
    /**
     * Name
     */
    name: string;
    options: Options;
    /**
     * Parameters
     */
    parameters: {
        [key: string]: unknown;
    };
    /**
     * Parent
     */
    parent: string | null;
    /**
     * Priority
     */
    priority: number;
    /**
     * Project
     */
    project: string;
    /**
     * Queue
     */
    queue: string;
    /**
     * Queued At
     */
    queued_at: string | null;
    /**
     * Run After
     */
    run_after: string | null;
    /**
     * Started At
     */
    started_at: string | null;
    state: RunState;
    /**
     * Steps
     */
    steps: Array<Step>;
    /**
     * Tags
     */
    tags: Array<string>;
    /**
     * Task
     */
    task: string | null;
    /**
     * View
     */
    view: {
        [key: string]: unknown;
    };
};

/**
 * RunEstimate
 */
export type RunEstimate = {
    /**
     * Attempt Started At
     */
    attempt_started_at: string | null;
    estimate: Estimate | null;
    guide: Guide;
};

/**
 * RunHeld
 */
export type RunHeld = {
    /**
     * Id
     */
    id: string;
    /**
     * Name
     */
    name: string;
    /**
     * Project
     */
    project: string;
    /**
     * Started At
     */
    started_at: string | null;
    /**
     * State
     */
    state: string;
    /**
     * Task
     */
    task: string | null;
};

/**
 * RunPage
 */
export type RunPage = {
    /**
     * Items
     */
    items: Array<Run>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * RunSampled
 */
export type RunSampled = {
    /**
     * Begins At
     */
    begins_at: string;
    /**
     * Ends At
     */
    ends_at: string;
    series: SampledSeries;
    /**
     * Step Seconds
     */
    step_seconds: number;
    /**
     * Times
     */
    times: Array<number>;
};

/**
 * RunState
 */
export type RunState = 'scheduled' | 'awaiting_approval' | 'queued' | 'running' | 'pausing' | 'paused' | 'cancelling' | 'retrying' | 'succeeded' | 'failed' | 'cancelled' | 'timed_out' | 'lost';

/**
 * SampleInput
 */
export type SampleInput = {
    /**
     * Levels
     */
    levels: {
        [key: string]: number;
    };
    /**
     * Run
     */
    run?: string | null;
    /**
     * Seconds
     */
    seconds: number;
};

/**
 * SampledSeries
 *
 * One host, process, queue … over the steps; null where there is no sample.
 */
export type SampledSeries = {
    /**
     * Counts
     */
    counts: {
        [key: string]: Array<number | null>;
    };
    /**
     * Current
     */
    current: {
        [key: string]: unknown;
    } | null;
    /**
     * Label
     */
    label: string | null;
    /**
     * Levels
     */
    levels: {
        [key: string]: Array<number | null>;
    };
    /**
     * Name
     */
    name: string;
    /**
     * P50
     */
    p50: {
        [key: string]: Array<number | null>;
    };
    /**
     * P95
     */
    p95: {
        [key: string]: Array<number | null>;
    };
    /**
     * Peaks
     */
    peaks: {
        [key: string]: Array<number | null>;
    };
};

/**
 * SecretInput
 */
export type SecretInput = {
    /**
     * Project
     */
    project?: string | null;
    /**
     * Value
     */
    value: string;
};

/**
 * SecretPage
 */
export type SecretPage = {
    /**
     * Items
     */
    items: Array<SecretSeen>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * SecretSeen
 *
 * What is shown of a secret: never its value, and nothing from which it could be guessed.
 */
export type SecretSeen = {
    /**
     * Is Current
     */
    is_current: boolean;
    /**
     * Name
     */
    name: string;
    /**
     * Project
     */
    project: string | null;
    /**
     * Set At
     */
    set_at: string;
    /**
     * Set By
     */
    set_by: string;
    /**
     * Version
     */
    version: number;
};

/**
 * Series
 *
 * One metric with its labels.
 */
export type Series = {
    /**
     * Count
     */
    count: number;
    /**
     * Labels
     */
    labels: {
        [key: string]: unknown;
    };
    /**
     * Name
     */
    name: string;
    /**
     * Points
     */
    points: Array<[
        number,
        number | null,
        number,
        number | null
    ]>;
    /**
     * Thinned
     */
    thinned: boolean;
    /**
     * Unit
     */
    unit: string | null;
};

/**
 * SeriesList
 */
export type SeriesList = {
    /**
     * Items
     */
    items: Array<Series>;
    /**
     * Left Out
     */
    left_out: Array<SeriesName>;
    /**
     * Next Cursor
     */
    next_cursor: null;
    /**
     * To Seq
     */
    to_seq: number;
    /**
     * Total
     */
    total: null;
};

/**
 * SeriesName
 */
export type SeriesName = {
    /**
     * Labels
     */
    labels: {
        [key: string]: unknown;
    };
    /**
     * Name
     */
    name: string;
};

/**
 * SessionCreated
 */
export type SessionCreated = {
    /**
     * Expires At
     */
    expires_at: string;
    principal: Who;
    /**
     * Recovery Codes Left
     */
    recovery_codes_left: number | null;
};

/**
 * SessionInput
 */
export type SessionInput = {
    /**
     * Code
     */
    code: string;
    /**
     * Password
     */
    password?: string | null;
};

/**
 * SessionShown
 */
export type SessionShown = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Id
     */
    id: string;
    principal: Who;
    /**
     * Seen At
     */
    seen_at: string;
};

/**
 * ShareLinkCreated
 */
export type ShareLinkCreated = {
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Id
     */
    id: string;
    /**
     * Label
     */
    label: string;
    /**
     * Url
     */
    url: string;
};

/**
 * ShareLinkInput
 */
export type ShareLinkInput = {
    /**
     * Days
     */
    days?: number;
    /**
     * Label
     */
    label: string;
};

/**
 * ShareLinkPage
 */
export type ShareLinkPage = {
    /**
     * Items
     */
    items: Array<ShareLinkShown>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * ShareLinkShown
 */
export type ShareLinkShown = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Id
     */
    id: string;
    /**
     * Label
     */
    label: string;
    /**
     * Opened At
     */
    opened_at: string | null;
    /**
     * Opened Count
     */
    opened_count: number;
    /**
     * Revoked At
     */
    revoked_at: string | null;
    /**
     * Run
     */
    run: string;
};

/**
 * ShareTokenCreated
 */
export type ShareTokenCreated = {
    /**
     * Expires In
     */
    expires_in: number;
    /**
     * Link Expires At
     */
    link_expires_at: string;
    /**
     * Run
     */
    run: string;
    /**
     * Token
     */
    token: string;
};

/**
 * ShareTokenInput
 */
export type ShareTokenInput = {
    /**
     * Code
     */
    code: string;
    /**
     * Is Renewal
     */
    is_renewal?: boolean;
};

/**
 * SignInGiven
 *
 * A browser in which somebody is signed in.
 */
export type SignInGiven = {
    /**
     * Address
     */
    address: string;
    /**
     * Created At
     */
    created_at: string;
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Id
     */
    id: string;
    /**
     * Is This
     */
    is_this: boolean;
    /**
     * Seen At
     */
    seen_at: string;
    /**
     * User Agent
     */
    user_agent: string;
    way: Way | null;
};

/**
 * SignInLinkInput
 */
export type SignInLinkInput = {
    /**
     * To
     */
    to?: string | null;
};

/**
 * SignInPage
 */
export type SignInPage = {
    /**
     * Items
     */
    items: Array<SignInGiven>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * SignInWays
 *
 * How people sign in here.
 */
export type SignInWays = {
    /**
     * Has Password
     */
    has_password: boolean;
    provider: ProviderNamed | null;
};

/**
 * SigningKey
 */
export type SigningKey = {
    /**
     * Created At
     */
    created_at: string;
    /**
     * Created By
     */
    created_by: string;
    /**
     * Id
     */
    id: string;
    /**
     * Signs From
     */
    signs_from: string;
};

/**
 * SigningKeyPage
 */
export type SigningKeyPage = {
    /**
     * Items
     */
    items: Array<SigningKey>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * Slow
 *
 * An act or a query, all its statements together, that took long.
 */
export type Slow = {
    /**
     * At
     */
    at: string;
    /**
     * Seconds
     */
    seconds: number;
    /**
     * What
     */
    what: string;
};

/**
 * Sort
 */
export type Sort = '-created_at' | 'created_at' | '-finished_at' | 'finished_at' | '-started_at' | 'started_at' | 'name' | '-name';

/**
 * Spell
 *
 * A time with its 80 % range, in seconds.
 */
export type Spell = {
    /**
     * High
     */
    high: number;
    /**
     * Low
     */
    low: number;
    /**
     * Middle
     */
    middle: number;
};

/**
 * Spread
 *
 * How a duration is spread; None where there is nothing to tell.
 */
export type Spread = {
    /**
     * Count
     */
    count: number;
    /**
     * Mean
     */
    mean: number | null;
    /**
     * P50
     */
    p50: number | null;
    /**
     * P95
     */
    p95: number | null;
};

/**
 * StartInput
 */
export type StartInput = {
    /**
     * External Id
     */
    external_id?: string | null;
    /**
     * Metadata
     */
    metadata?: {
        [key: string]: unknown;
    };
    /**
     * Name
     */
    name?: string | null;
    /**
     * Parameters
     */
    parameters?: {
        [key: string]: unknown;
    };
    /**
     * Parent
     */
    parent?: string | null;
    /**
     * Priority
     */
    priority?: number | null;
    /**
     * Project
     */
    project?: string;
    /**
     * Queue
     */
    queue?: string | null;
    /**
     * Run After
     */
    run_after?: string | null;
    /**
     * Tags
     */
    tags?: Array<string>;
};

/**
 * StartManyInput
 */
export type StartManyInput = {
    /**
     * Items
     */
    items: Array<StartManyItem>;
};

/**
 * StartManyItem
 */
export type StartManyItem = {
    /**
     * External Id
     */
    external_id?: string | null;
    /**
     * Idempotency Key
     */
    idempotency_key?: string | null;
    /**
     * Metadata
     */
    metadata?: {
        [key: string]: unknown;
    };
    /**
     * Name
     */
    name?: string | null;
    /**
     * Parameters
     */
    parameters?: {
        [key: string]: unknown;
    };
    /**
     * Parent
     */
    parent?: string | null;
    /**
     * Priority
     */
    priority?: number | null;
    /**
     * Project
     */
    project?: string;
    /**
     * Queue
     */
    queue?: string | null;
    /**
     * Run After
     */
    run_after?: string | null;
    /**
     * Tags
     */
    tags?: Array<string>;
};

/**
 * StartedRunPage
 */
export type StartedRunPage = {
    /**
     * Items
     */
    items: Array<Run>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * StateSeen
 */
export type StateSeen = {
    error: Refusal | null;
    state: RunState | null;
};

/**
 * StatementOrder
 */
export type StatementOrder = '-at' | '-seconds';

/**
 * StatementTotal
 *
 * All executions of one statement by our role in this database, as `pg_stat_statements` adds them up.
 */
export type StatementTotal = {
    /**
     * Call Count
     */
    call_count: number;
    /**
     * Mean Seconds
     */
    mean_seconds: number;
    /**
     * Most Seconds
     */
    most_seconds: number;
    /**
     * Row Count
     */
    row_count: number;
    /**
     * Statement
     */
    statement: string;
    /**
     * Total Seconds
     */
    total_seconds: number;
};

/**
 * StatementTotals
 */
export type StatementTotals = {
    /**
     * Items
     */
    items: Array<StatementTotal>;
    state: TotalsState;
};

/**
 * StatementsListed
 */
export type StatementsListed = {
    /**
     * Items
     */
    items: Array<ListedStatement>;
    /**
     * Slow Seconds
     */
    slow_seconds: number | null;
    totals: StatementTotals;
};

/**
 * Step
 */
export type Step = {
    /**
     * Attempt
     */
    attempt: number;
    /**
     * Duration Seconds
     */
    duration_seconds: number | null;
    /**
     * Ended At
     */
    ended_at: string | null;
    /**
     * Id
     */
    id: string;
    /**
     * Name
     */
    name: string;
    /**
     * Outcome
     */
    outcome: string | null;
    /**
     * Parent
     */
    parent: string | null;
    /**
     * Run
     */
    run: string;
    /**
     * Started At
     */
    started_at: string;
};

/**
 * StepPage
 */
export type StepPage = {
    /**
     * Items
     */
    items: Array<Step>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * SummedUp
 *
 * How runs went over a span of time.
 */
export type SummedUp = {
    /**
     * Buckets
     */
    buckets: Array<OutcomeBucket>;
    by: GroupBy;
    /**
     * From
     */
    from: string;
    /**
     * Groups
     */
    groups: Array<OutcomeGroup>;
    /**
     * Is Complete
     */
    is_complete: boolean;
    /**
     * Step Seconds
     */
    step_seconds: number | null;
    /**
     * To
     */
    to: string;
    total: Outcomes;
};

/**
 * SweepInput
 */
export type SweepInput = {
    /**
     * Unread Seconds
     */
    unread_seconds?: number | null;
};

/**
 * Swept
 */
export type Swept = {
    /**
     * Asked Count
     */
    asked_count: number;
    /**
     * Ended Count
     */
    ended_count: number;
};

/**
 * SystemSampled
 */
export type SystemSampled = {
    /**
     * Begins At
     */
    begins_at: string;
    broker: BrokerState | null;
    /**
     * Canaries
     */
    canaries: Array<SampledSeries>;
    canary: CanaryState | null;
    /**
     * Ends At
     */
    ends_at: string;
    /**
     * Hosts
     */
    hosts: Array<SampledSeries>;
    /**
     * Servers
     */
    servers: Array<SampledSeries>;
    /**
     * Step Seconds
     */
    step_seconds: number;
    /**
     * Times
     */
    times: Array<number>;
    /**
     * Workers
     */
    workers: Array<SampledSeries>;
};

/**
 * Task
 */
export type Task = {
    /**
     * Description
     */
    description: string;
    /**
     * Import Error
     */
    import_error: string | null;
    /**
     * Is Async
     */
    is_async: boolean;
    /**
     * Name
     */
    name: string;
    options: Options;
    /**
     * Parameter Schema
     */
    parameter_schema: {
        [key: string]: unknown;
    };
    /**
     * Source
     */
    source: string;
    /**
     * Source Hash
     */
    source_hash: string;
    /**
     * Updated At
     */
    updated_at: string | null;
};

/**
 * TaskPage
 */
export type TaskPage = {
    /**
     * Items
     */
    items: Array<Task>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * TaskStatistics
 */
export type TaskStatistics = {
    /**
     * Considered
     */
    considered: number;
    duration_seconds: Spread;
    /**
     * Is Complete
     */
    is_complete: boolean;
    /**
     * Per Day
     */
    per_day: Array<Day>;
    queue_seconds: Spread;
    /**
     * Recent
     */
    recent: Array<RecentRun>;
    /**
     * Runs
     */
    runs: {
        [key: string]: number;
    };
    /**
     * Steps
     */
    steps: Array<TypicalStep>;
    /**
     * Success Rate
     */
    success_rate: number | null;
};

/**
 * TasksSampled
 */
export type TasksSampled = {
    /**
     * At Work
     */
    at_work: Array<RunAtWork>;
    /**
     * Begins At
     */
    begins_at: string;
    ended: SampledSeries;
    /**
     * Ends At
     */
    ends_at: string;
    /**
     * Queues
     */
    queues: Array<SampledSeries>;
    /**
     * Step Seconds
     */
    step_seconds: number;
    /**
     * Times
     */
    times: Array<number>;
};

/**
 * TicketCreated
 */
export type TicketCreated = {
    /**
     * Expires In
     */
    expires_in: number;
    /**
     * Ticket
     */
    ticket: string;
};

/**
 * TokenCreated
 */
export type TokenCreated = {
    /**
     * Expires In
     */
    expires_in: number;
    principal: Who;
    /**
     * Token
     */
    token: string;
};

/**
 * TokenInput
 */
export type TokenInput = {
    /**
     * Code
     */
    code: string;
    /**
     * Name
     */
    name?: string;
};

/**
 * TokensCreated
 */
export type TokensCreated = {
    /**
     * Expires In
     */
    expires_in: number;
    /**
     * Refresh Expires At
     */
    refresh_expires_at: string;
    /**
     * Refresh Token
     */
    refresh_token: string;
    /**
     * Token
     */
    token: string;
};

/**
 * TotalsState
 *
 * Whether PostgreSQL's own counts can be read, and if not, why.
 */
export type TotalsState = 'read' | 'not_postgresql' | 'missing' | 'not_loaded' | 'forbidden';

/**
 * Transport
 *
 * How frames reach a viewer.
 */
export type Transport = 'websocket' | 'sse' | 'poll';

/**
 * TurnInput
 */
export type TurnInput = {
    /**
     * Ends
     */
    ends?: Array<EndInput>;
    /**
     * Held
     */
    held?: {
        [key: string]: unknown | number;
    };
    /**
     * Queues
     */
    queues?: Array<string>;
    /**
     * Wanted
     */
    wanted?: Array<WantedInput>;
};

/**
 * TurnSeen
 */
export type TurnSeen = {
    /**
     * Claims
     */
    claims: Array<Claim>;
    /**
     * States
     */
    states: Array<StateSeen>;
};

/**
 * TypicalStep
 *
 * A step as it usually goes: what a running one is held against.
 */
export type TypicalStep = {
    /**
     * Count
     */
    count: number;
    /**
     * Name
     */
    name: string;
    /**
     * P50 Seconds
     */
    p50_seconds: number;
    /**
     * P50 Start Seconds
     */
    p50_start_seconds: number;
};

/**
 * Validation
 */
export type Validation = {
    /**
     * Is Valid
     */
    is_valid: boolean;
    /**
     * Parameters
     */
    parameters: {
        [key: string]: unknown;
    };
    /**
     * Problems
     */
    problems: Array<ParameterProblem>;
};

/**
 * ValidationInput
 */
export type ValidationInput = {
    /**
     * Parameters
     */
    parameters: {
        [key: string]: unknown;
    };
};

/**
 * Vote
 */
export type Vote = {
    /**
     * At
     */
    at: string;
    /**
     * By
     */
    by: string;
    /**
     * Reason
     */
    reason: string | null;
    verdict: HeadwayModelApprovalVerdict;
};

/**
 * VoucherInput
 */
export type VoucherInput = {
    /**
     * Code
     */
    code: string;
    /**
     * Voucher
     */
    voucher: string;
};

/**
 * Waiting
 *
 * Why one run waits, since when it need not, and whom it waits for. Only the fields that the cause speaks of are set.
 */
export type Waiting = {
    /**
     * Ahead
     */
    ahead: number | null;
    /**
     * By
     */
    by: string | null;
    cause: Cause;
    /**
     * Detail
     */
    detail: string;
    /**
     * Expected Start At
     */
    expected_start_at: string | null;
    /**
     * Expected Start From
     */
    expected_start_from: string | null;
    /**
     * Expected Start To
     */
    expected_start_to: string | null;
    /**
     * Given
     */
    given: number | null;
    /**
     * Holders
     */
    holders: Array<string>;
    /**
     * Key
     */
    key: string | null;
    /**
     * Limit
     */
    limit: number | null;
    /**
     * Project
     */
    project: string | null;
    /**
     * Queue
     */
    queue: string | null;
    /**
     * Run
     */
    run: string;
    /**
     * State
     */
    state: string;
    /**
     * Task
     */
    task: string | null;
    /**
     * Until
     */
    until: string | null;
};

/**
 * WaitingPage
 */
export type WaitingPage = {
    /**
     * Items
     */
    items: Array<Waiting>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * WantedInput
 */
export type WantedInput = {
    /**
     * Limit
     */
    limit: number;
    /**
     * Queues
     */
    queues?: Array<string> | null;
    /**
     * Tasks
     */
    tasks: Array<string>;
};

/**
 * Way
 *
 * By which somebody has signed in.
 */
export type Way = 'link' | 'password' | 'password_and_code' | 'recovery_code' | 'provider';

/**
 * WayOut
 */
export type WayOut = {
    /**
     * Url
     */
    url: string;
};

/**
 * Who
 *
 * A principal, as its session or token names it.
 */
export type Who = {
    /**
     * Id
     */
    id: string;
    /**
     * Is Enrolling
     */
    is_enrolling: boolean;
    /**
     * Permissions
     */
    permissions: Array<string>;
    /**
     * Permissions Somewhere
     */
    permissions_somewhere: Array<string>;
    /**
     * Role
     */
    role: string | null;
    /**
     * Scopes
     */
    scopes: Array<string>;
};

/**
 * WishInput
 */
export type WishInput = {
    /**
     * Reason
     */
    reason?: string | null;
};

/**
 * WorkerDetail
 */
export type WorkerDetail = {
    /**
     * Cpu
     */
    cpu: number | null;
    echoes: Echoes | null;
    /**
     * Ended At
     */
    ended_at: string | null;
    /**
     * Heartbeat At
     */
    heartbeat_at: string;
    /**
     * Host
     */
    host: string;
    /**
     * Id
     */
    id: string;
    /**
     * Is Now
     */
    is_now: boolean;
    /**
     * Is Remote
     */
    is_remote: boolean;
    /**
     * Memory Bytes
     */
    memory_bytes: number | null;
    /**
     * Pid
     */
    pid: number;
    /**
     * Queues
     */
    queues: Array<string>;
    /**
     * Run Count
     */
    run_count: number;
    /**
     * Runs
     */
    runs: Array<RunHeld>;
    /**
     * Slots
     */
    slots: number;
    /**
     * Started At
     */
    started_at: string;
    state: WorkerState;
    /**
     * Tasks
     */
    tasks: Array<string>;
    /**
     * Version
     */
    version: string;
    /**
     * Wish
     */
    wish: string | null;
    /**
     * Wished At
     */
    wished_at: string | null;
    /**
     * Wished By
     */
    wished_by: string | null;
};

/**
 * WorkerPage
 */
export type WorkerPage = {
    /**
     * Items
     */
    items: Array<WorkerSeen>;
    /**
     * Next Cursor
     */
    next_cursor: string | null;
    /**
     * Total
     */
    total: number | null;
};

/**
 * WorkerSeen
 *
 * A worker, with what it executes.
 */
export type WorkerSeen = {
    /**
     * Cpu
     */
    cpu: number | null;
    echoes: Echoes | null;
    /**
     * Ended At
     */
    ended_at: string | null;
    /**
     * Heartbeat At
     */
    heartbeat_at: string;
    /**
     * Host
     */
    host: string;
    /**
     * Id
     */
    id: string;
    /**
     * Is Now
     */
    is_now: boolean;
    /**
     * Is Remote
     */
    is_remote: boolean;
    /**
     * Memory Bytes
     */
    memory_bytes: number | null;
    /**
     * Pid
     */
    pid: number;
    /**
     * Queues
     */
    queues: Array<string>;
    /**
     * Run Count
     */
    run_count: number;
    /**
     * Slots
     */
    slots: number;
    /**
     * Started At
     */
    started_at: string;
    state: WorkerState;
    /**
     * Tasks
     */
    tasks: Array<string>;
    /**
     * Version
     */
    version: string;
    /**
     * Wish
     */
    wish: string | null;
    /**
     * Wished At
     */
    wished_at: string | null;
    /**
     * Wished By
     */
    wished_by: string | null;
};

/**
 * WorkerState
 */
export type WorkerState = 'live' | 'draining' | 'lost' | 'gone';

/**
 * Order
 *
 * Which connections come first.
 */
export type HeadwayLiveConnectionsOrder = '-lag' | '-age';

/**
 * Verdict
 */
export type HeadwayModelApprovalVerdict = 'approved' | 'refused';

/**
 * Verdict
 *
 * What came of holding rows and anchors against each other.
 */
export type HeadwayModelAuditChainVerdict = {
    /**
     * Anchor Count
     */
    anchor_count: number;
    /**
     * Fault Count
     */
    fault_count: number;
    /**
     * Faults
     */
    faults: Array<Fault>;
    /**
     * First
     */
    first: number;
    /**
     * Is Intact
     */
    is_intact: boolean;
    /**
     * Keys
     */
    keys: Array<string>;
    /**
     * Last
     */
    last: number;
    /**
     * Last Hash
     */
    last_hash: string;
    /**
     * Row Count
     */
    row_count: number;
    /**
     * Unsealed Count
     */
    unsealed_count: number;
};

/**
 * SignInLink
 */
export type HeadwayWebLinksSignInLink = {
    /**
     * Code
     */
    code: string;
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Url
     */
    url: string;
};

/**
 * Order
 */
export type HeadwayWebLogQueryOrder = 'newest' | 'oldest';

/**
 * SignInLink
 */
export type HeadwayWebOutputsSignInLink = {
    /**
     * Code
     */
    code: string;
    /**
     * Expires At
     */
    expires_at: string;
    /**
     * Url
     */
    url: string;
};

export type ShowOwnAccountData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/account';
};

export type ShowOwnAccountErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowOwnAccountError = ShowOwnAccountErrors[keyof ShowOwnAccountErrors];

export type ShowOwnAccountResponses = {
    /**
     * The account.
     */
    200: AccountDetail;
};

export type ShowOwnAccountResponse = ShowOwnAccountResponses[keyof ShowOwnAccountResponses];

export type EditOwnAccountData = {
    body: OwnAccountInput;
    path?: never;
    query?: never;
    url: '/api/v1/account';
};

export type EditOwnAccountErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EditOwnAccountError = EditOwnAccountErrors[keyof EditOwnAccountErrors];

export type EditOwnAccountResponses = {
    /**
     * The account as it is now.
     */
    200: AccountGiven;
};

export type EditOwnAccountResponse = EditOwnAccountResponses[keyof EditOwnAccountResponses];

export type ListOwnDevicesData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/account/devices';
};

export type ListOwnDevicesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListOwnDevicesError = ListOwnDevicesErrors[keyof ListOwnDevicesErrors];

export type ListOwnDevicesResponses = {
    /**
     * Programs that are signed in, the one that was heard of last first.
     */
    200: DevicePage;
};

export type ListOwnDevicesResponse = ListOwnDevicesResponses[keyof ListOwnDevicesResponses];

export type DeleteOwnDeviceData = {
    body?: never;
    path: {
        /**
         * Device
         *
         * Id of the device.
         */
        device: string;
    };
    query?: never;
    url: '/api/v1/account/devices/{device}';
};

export type DeleteOwnDeviceErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteOwnDeviceError = DeleteOwnDeviceErrors[keyof DeleteOwnDeviceErrors];

export type DeleteOwnDeviceResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteOwnDeviceResponse = DeleteOwnDeviceResponses[keyof DeleteOwnDeviceResponses];

export type BeginIdentityData = {
    /**
     * Wish
     */
    body?: IdentityInput | null;
    path?: never;
    query?: never;
    url: '/api/v1/account/identities';
};

export type BeginIdentityErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type BeginIdentityError = BeginIdentityErrors[keyof BeginIdentityErrors];

export type BeginIdentityResponses = {
    /**
     * Where to go.
     */
    201: WayOut;
};

export type BeginIdentityResponse = BeginIdentityResponses[keyof BeginIdentityResponses];

export type DeleteOwnIdentityData = {
    body?: never;
    path: {
        /**
         * Identity
         *
         * `id` of the identity.
         */
        identity: string;
    };
    query?: never;
    url: '/api/v1/account/identities/{identity}';
};

export type DeleteOwnIdentityErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteOwnIdentityError = DeleteOwnIdentityErrors[keyof DeleteOwnIdentityErrors];

export type DeleteOwnIdentityResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteOwnIdentityResponse = DeleteOwnIdentityResponses[keyof DeleteOwnIdentityResponses];

export type ChangeOwnPasswordData = {
    body: PasswordInput;
    path?: never;
    query?: never;
    url: '/api/v1/account/password';
};

export type ChangeOwnPasswordErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ChangeOwnPasswordError = ChangeOwnPasswordErrors[keyof ChangeOwnPasswordErrors];

export type ChangeOwnPasswordResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type ChangeOwnPasswordResponse = ChangeOwnPasswordResponses[keyof ChangeOwnPasswordResponses];

export type ProveOneselfData = {
    body: ProofInput;
    path?: never;
    query?: never;
    url: '/api/v1/account/proof';
};

export type ProveOneselfErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ProveOneselfError = ProveOneselfErrors[keyof ProveOneselfErrors];

export type ProveOneselfResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type ProveOneselfResponse = ProveOneselfResponses[keyof ProveOneselfResponses];

export type CreateRecoveryCodesData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/account/recovery-codes';
};

export type CreateRecoveryCodesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateRecoveryCodesError = CreateRecoveryCodesErrors[keyof CreateRecoveryCodesErrors];

export type CreateRecoveryCodesResponses = {
    /**
     * The new ones.
     */
    201: RecoveryCodes;
};

export type CreateRecoveryCodesResponse = CreateRecoveryCodesResponses[keyof CreateRecoveryCodesResponses];

export type DeleteOwnSecondFactorData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/account/second-factor';
};

export type DeleteOwnSecondFactorErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteOwnSecondFactorError = DeleteOwnSecondFactorErrors[keyof DeleteOwnSecondFactorErrors];

export type DeleteOwnSecondFactorResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteOwnSecondFactorResponse = DeleteOwnSecondFactorResponses[keyof DeleteOwnSecondFactorResponses];

export type BeginSecondFactorData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/account/second-factor';
};

export type BeginSecondFactorErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type BeginSecondFactorError = BeginSecondFactorErrors[keyof BeginSecondFactorErrors];

export type BeginSecondFactorResponses = {
    /**
     * For the app.
     */
    201: FactorBegun;
};

export type BeginSecondFactorResponse = BeginSecondFactorResponses[keyof BeginSecondFactorResponses];

export type SetSecondFactorData = {
    body: FactorCodeInput;
    path?: never;
    query?: never;
    url: '/api/v1/account/second-factor';
};

export type SetSecondFactorErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type SetSecondFactorError = SetSecondFactorErrors[keyof SetSecondFactorErrors];

export type SetSecondFactorResponses = {
    /**
     * In force.
     */
    200: RecoveryCodes;
};

export type SetSecondFactorResponse = SetSecondFactorResponses[keyof SetSecondFactorResponses];

export type ListOwnSignInsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/account/sign-ins';
};

export type ListOwnSignInsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListOwnSignInsError = ListOwnSignInsErrors[keyof ListOwnSignInsErrors];

export type ListOwnSignInsResponses = {
    /**
     * Sign-ins, the one that was seen last first.
     */
    200: SignInPage;
};

export type ListOwnSignInsResponse = ListOwnSignInsResponses[keyof ListOwnSignInsResponses];

export type DeleteOwnSignInData = {
    body?: never;
    path: {
        /**
         * Session
         *
         * Id of the session.
         */
        session: string;
    };
    query?: never;
    url: '/api/v1/account/sign-ins/{session}';
};

export type DeleteOwnSignInErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteOwnSignInError = DeleteOwnSignInErrors[keyof DeleteOwnSignInErrors];

export type DeleteOwnSignInResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteOwnSignInResponse = DeleteOwnSignInResponses[keyof DeleteOwnSignInResponses];

export type ListAccountsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Q
         *
         * Part of the name, the display name or the e-mail.
         */
        q?: string | null;
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
    };
    url: '/api/v1/accounts';
};

export type ListAccountsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListAccountsError = ListAccountsErrors[keyof ListAccountsErrors];

export type ListAccountsResponses = {
    /**
     * Accounts by name; `total` counts them all where nothing is searched for.
     */
    200: AccountPage;
};

export type ListAccountsResponse = ListAccountsResponses[keyof ListAccountsResponses];

export type CreateAccountData = {
    body: AccountInput;
    path?: never;
    query?: never;
    url: '/api/v1/accounts';
};

export type CreateAccountErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateAccountError = CreateAccountErrors[keyof CreateAccountErrors];

export type CreateAccountResponses = {
    /**
     * The account.
     */
    201: AccountMade;
};

export type CreateAccountResponse = CreateAccountResponses[keyof CreateAccountResponses];

export type ShowAccountData = {
    body?: never;
    path: {
        /**
         * Account
         *
         * Name of the account.
         */
        account: string;
    };
    query?: never;
    url: '/api/v1/accounts/{account}';
};

export type ShowAccountErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowAccountError = ShowAccountErrors[keyof ShowAccountErrors];

export type ShowAccountResponses = {
    /**
     * The account.
     */
    200: AccountDetail;
};

export type ShowAccountResponse = ShowAccountResponses[keyof ShowAccountResponses];

export type EditAccountData = {
    body: AccountEditInput;
    path: {
        /**
         * Account
         *
         * Name of the account.
         */
        account: string;
    };
    query?: never;
    url: '/api/v1/accounts/{account}';
};

export type EditAccountErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EditAccountError = EditAccountErrors[keyof EditAccountErrors];

export type EditAccountResponses = {
    /**
     * The account as it is now.
     */
    200: AccountGiven;
};

export type EditAccountResponse = EditAccountResponses[keyof EditAccountResponses];

export type DeleteIdentityData = {
    body?: never;
    path: {
        /**
         * Account
         *
         * Name of the account.
         */
        account: string;
        /**
         * Identity
         *
         * `id` of the identity.
         */
        identity: string;
    };
    query?: never;
    url: '/api/v1/accounts/{account}/identities/{identity}';
};

export type DeleteIdentityErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteIdentityError = DeleteIdentityErrors[keyof DeleteIdentityErrors];

export type DeleteIdentityResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteIdentityResponse = DeleteIdentityResponses[keyof DeleteIdentityResponses];

export type CreatePasswordLinkData = {
    body?: never;
    path: {
        /**
         * Account
         *
         * Name of the account.
         */
        account: string;
    };
    query?: never;
    url: '/api/v1/accounts/{account}/password-links';
};

export type CreatePasswordLinkErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreatePasswordLinkError = CreatePasswordLinkErrors[keyof CreatePasswordLinkErrors];

export type CreatePasswordLinkResponses = {
    /**
     * The link.
     */
    201: HeadwayWebLinksSignInLink;
};

export type CreatePasswordLinkResponse = CreatePasswordLinkResponses[keyof CreatePasswordLinkResponses];

export type ShowRightsData = {
    body?: never;
    path: {
        /**
         * Account
         *
         * Name of the account.
         */
        account: string;
    };
    query?: {
        /**
         * Permission
         *
         * Only the grants by which they may do this.
         */
        permission?: Permission | null;
        /**
         * Project
         */
        project?: string | null;
    };
    url: '/api/v1/accounts/{account}/rights';
};

export type ShowRightsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowRightsError = ShowRightsErrors[keyof ShowRightsErrors];

export type ShowRightsResponses = {
    /**
     * What the account may do, and by which grants.
     */
    200: RightsShown;
};

export type ShowRightsResponse = ShowRightsResponses[keyof ShowRightsResponses];

export type DeleteSecondFactorData = {
    body?: never;
    path: {
        /**
         * Account
         *
         * Name of the account.
         */
        account: string;
    };
    query?: never;
    url: '/api/v1/accounts/{account}/second-factor';
};

export type DeleteSecondFactorErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteSecondFactorError = DeleteSecondFactorErrors[keyof DeleteSecondFactorErrors];

export type DeleteSecondFactorResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteSecondFactorResponse = DeleteSecondFactorResponses[keyof DeleteSecondFactorResponses];

export type ListSignInsData = {
    body?: never;
    path: {
        /**
         * Account
         *
         * Name of the account.
         */
        account: string;
    };
    query?: never;
    url: '/api/v1/accounts/{account}/sign-ins';
};

export type ListSignInsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListSignInsError = ListSignInsErrors[keyof ListSignInsErrors];

export type ListSignInsResponses = {
    /**
     * Sign-ins, the one that was seen last first.
     */
    200: SignInPage;
};

export type ListSignInsResponse = ListSignInsResponses[keyof ListSignInsResponses];

export type DeleteSignInData = {
    body?: never;
    path: {
        /**
         * Account
         *
         * Name of the account.
         */
        account: string;
        /**
         * Session
         *
         * Id of the session.
         */
        session: string;
    };
    query?: never;
    url: '/api/v1/accounts/{account}/sign-ins/{session}';
};

export type DeleteSignInErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteSignInError = DeleteSignInErrors[keyof DeleteSignInErrors];

export type DeleteSignInResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteSignInResponse = DeleteSignInResponses[keyof DeleteSignInResponses];

export type ListApprovalsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * State
         */
        state?: Array<ApprovalState>;
        /**
         * Kind
         */
        kind?: ApprovalKind | null;
        /**
         * Project
         */
        project?: string | null;
        /**
         * Run
         *
         * The run that waits.
         */
        run?: string | null;
        /**
         * Requested By
         */
        requested_by?: string | null;
        /**
         * Waiting
         *
         * Only those that wait for the caller's vote.
         */
        waiting?: boolean;
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         */
        cursor?: string | null;
        /**
         * Total
         */
        total?: boolean;
    };
    url: '/api/v1/approvals';
};

export type ListApprovalsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListApprovalsError = ListApprovalsErrors[keyof ListApprovalsErrors];

export type ListApprovalsResponses = {
    /**
     * Requests, the newest first.
     */
    200: ApprovalPage;
};

export type ListApprovalsResponse = ListApprovalsResponses[keyof ListApprovalsResponses];

export type WithdrawData = {
    body?: never;
    path: {
        /**
         * Approval
         *
         * Id of the request.
         */
        approval: string;
    };
    query?: never;
    url: '/api/v1/approvals/{approval}';
};

export type WithdrawErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type WithdrawError = WithdrawErrors[keyof WithdrawErrors];

export type WithdrawResponses = {
    /**
     * The request as it is now.
     */
    200: ApprovalGiven;
};

export type WithdrawResponse = WithdrawResponses[keyof WithdrawResponses];

export type ShowApprovalData = {
    body?: never;
    path: {
        /**
         * Approval
         *
         * Id of the request.
         */
        approval: string;
    };
    query?: never;
    url: '/api/v1/approvals/{approval}';
};

export type ShowApprovalErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowApprovalError = ShowApprovalErrors[keyof ShowApprovalErrors];

export type ShowApprovalResponses = {
    /**
     * The request as it is now.
     */
    200: ApprovalGiven;
};

export type ShowApprovalResponse = ShowApprovalResponses[keyof ShowApprovalResponses];

export type ApproveData = {
    /**
     * Wish
     */
    body?: ApproveInput | null;
    path: {
        /**
         * Approval
         *
         * Id of the request.
         */
        approval: string;
    };
    query?: never;
    url: '/api/v1/approvals/{approval}/approve';
};

export type ApproveErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ApproveError = ApproveErrors[keyof ApproveErrors];

export type ApproveResponses = {
    /**
     * The request as it is now.
     */
    200: ApprovalGiven;
};

export type ApproveResponse = ApproveResponses[keyof ApproveResponses];

export type RefuseData = {
    body: RefuseInput;
    path: {
        /**
         * Approval
         *
         * Id of the request.
         */
        approval: string;
    };
    query?: never;
    url: '/api/v1/approvals/{approval}/refuse';
};

export type RefuseErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RefuseError = RefuseErrors[keyof RefuseErrors];

export type RefuseResponses = {
    /**
     * The request as it is now.
     */
    200: ApprovalGiven;
};

export type RefuseResponse = RefuseResponses[keyof RefuseResponses];

export type ListAuditData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         */
        cursor?: string | null;
        /**
         * By
         */
        by?: string | null;
        /**
         * Action
         */
        action?: Array<Action>;
        /**
         * Project
         */
        project?: string | null;
        /**
         * Target
         */
        target?: string | null;
        /**
         * Outcome
         */
        outcome?: AuditOutcome | null;
        /**
         * At From
         */
        at_from?: string | null;
        /**
         * At To
         *
         * Before this.
         */
        at_to?: string | null;
    };
    url: '/api/v1/audit';
};

export type ListAuditErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListAuditError = ListAuditErrors[keyof ListAuditErrors];

export type ListAuditResponses = {
    /**
     * Rows, the newest first.
     */
    200: AuditRowPage;
};

export type ListAuditResponse = ListAuditResponses[keyof ListAuditResponses];

export type ExportAuditData = {
    body?: never;
    path?: never;
    query?: {
        format?: Format;
        /**
         * By
         */
        by?: string | null;
        /**
         * Action
         */
        action?: Array<Action>;
        /**
         * Project
         */
        project?: string | null;
        /**
         * Target
         */
        target?: string | null;
        /**
         * Outcome
         */
        outcome?: AuditOutcome | null;
        /**
         * At From
         */
        at_from?: string | null;
        /**
         * At To
         *
         * Before this.
         */
        at_to?: string | null;
    };
    url: '/api/v1/audit/export';
};

export type ExportAuditErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ExportAuditError = ExportAuditErrors[keyof ExportAuditErrors];

export type ExportAuditResponses = {
    /**
     * All rows that match, the oldest first.
     */
    200: string;
};

export type ExportAuditResponse = ExportAuditResponses[keyof ExportAuditResponses];

export type VerifyAuditData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Key
         *
         * Public keys beside the present one that are trusted, such as those of former secrets.
         */
        key?: Array<string>;
        /**
         * Number
         *
         * A number that was written down elsewhere …
         */
        number?: number | null;
        /**
         * Hash
         *
         * … with its hash: it must be there still.
         */
        hash?: string | null;
    };
    url: '/api/v1/audit/verify';
};

export type VerifyAuditErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type VerifyAuditError = VerifyAuditErrors[keyof VerifyAuditErrors];

export type VerifyAuditResponses = {
    /**
     * Whether all is as Headway left it, and what is not.
     */
    200: HeadwayModelAuditChainVerdict;
};

export type VerifyAuditResponse = VerifyAuditResponses[keyof VerifyAuditResponses];

export type ShowStatementsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * `-at`: the newest first; `-seconds`: the slowest first.
         */
        sort?: StatementOrder;
        /**
         * Limit
         */
        limit?: number;
    };
    url: '/api/v1/database/statements';
};

export type ShowStatementsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowStatementsError = ShowStatementsErrors[keyof ShowStatementsErrors];

export type ShowStatementsResponses = {
    /**
     * Statements.
     */
    200: StatementsListed;
};

export type ShowStatementsResponse = ShowStatementsResponses[keyof ShowStatementsResponses];

export type ListEstimatesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Run
         *
         * Ids of runs; unknown ones are passed over.
         */
        run?: Array<string>;
    };
    url: '/api/v1/estimates';
};

export type ListEstimatesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListEstimatesError = ListEstimatesErrors[keyof ListEstimatesErrors];

export type ListEstimatesResponses = {
    /**
     * When they will end, in the order asked for.
     */
    200: BriefEstimatePage;
};

export type ListEstimatesResponse = ListEstimatesResponses[keyof ListEstimatesResponses];

export type ListGrantsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Account
         */
        account?: string | null;
        /**
         * Group
         */
        group?: string | null;
        /**
         * Role
         */
        role?: string | null;
        /**
         * Project
         */
        project?: string | null;
        /**
         * Everywhere
         *
         * Only those that are good in all projects.
         */
        everywhere?: boolean;
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
    };
    url: '/api/v1/grants';
};

export type ListGrantsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListGrantsError = ListGrantsErrors[keyof ListGrantsErrors];

export type ListGrantsResponses = {
    /**
     * Grants, the newest first.
     */
    200: GrantPage;
};

export type ListGrantsResponse = ListGrantsResponses[keyof ListGrantsResponses];

export type CreateGrantData = {
    body: GrantInput;
    path?: never;
    query?: never;
    url: '/api/v1/grants';
};

export type CreateGrantErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateGrantError = CreateGrantErrors[keyof CreateGrantErrors];

export type CreateGrantResponses = {
    /**
     * The grant.
     */
    201: Grant;
    /**
     * Others have to approve it first; it is done when they have.
     */
    202: ApprovalGiven;
};

export type CreateGrantResponse = CreateGrantResponses[keyof CreateGrantResponses];

export type DeleteGrantData = {
    body?: never;
    path: {
        /**
         * Grant
         *
         * Id of the grant.
         */
        grant: string;
    };
    query?: never;
    url: '/api/v1/grants/{grant}';
};

export type DeleteGrantErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteGrantError = DeleteGrantErrors[keyof DeleteGrantErrors];

export type DeleteGrantResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteGrantResponse = DeleteGrantResponses[keyof DeleteGrantResponses];

export type ListGroupsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Account
         *
         * Only those that this account is in.
         */
        account?: string | null;
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
    };
    url: '/api/v1/groups';
};

export type ListGroupsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListGroupsError = ListGroupsErrors[keyof ListGroupsErrors];

export type ListGroupsResponses = {
    /**
     * Groups by name.
     */
    200: GroupPage;
};

export type ListGroupsResponse = ListGroupsResponses[keyof ListGroupsResponses];

export type CreateGroupData = {
    body: GroupInput;
    path?: never;
    query?: never;
    url: '/api/v1/groups';
};

export type CreateGroupErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateGroupError = CreateGroupErrors[keyof CreateGroupErrors];

export type CreateGroupResponses = {
    /**
     * The group.
     */
    201: Group;
};

export type CreateGroupResponse = CreateGroupResponses[keyof CreateGroupResponses];

export type DeleteGroupData = {
    body?: never;
    path: {
        /**
         * Group
         *
         * Name of the group.
         */
        group: string;
    };
    query?: never;
    url: '/api/v1/groups/{group}';
};

export type DeleteGroupErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteGroupError = DeleteGroupErrors[keyof DeleteGroupErrors];

export type DeleteGroupResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteGroupResponse = DeleteGroupResponses[keyof DeleteGroupResponses];

export type ShowGroupData = {
    body?: never;
    path: {
        /**
         * Group
         *
         * Name of the group.
         */
        group: string;
    };
    query?: never;
    url: '/api/v1/groups/{group}';
};

export type ShowGroupErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowGroupError = ShowGroupErrors[keyof ShowGroupErrors];

export type ShowGroupResponses = {
    /**
     * The group.
     */
    200: Group;
};

export type ShowGroupResponse = ShowGroupResponses[keyof ShowGroupResponses];

export type EditGroupData = {
    body: GroupEditInput;
    path: {
        /**
         * Group
         *
         * Name of the group.
         */
        group: string;
    };
    query?: never;
    url: '/api/v1/groups/{group}';
};

export type EditGroupErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EditGroupError = EditGroupErrors[keyof EditGroupErrors];

export type EditGroupResponses = {
    /**
     * The group.
     */
    200: Group;
    /**
     * Others have to approve it first; it is done when they have.
     */
    202: ApprovalGiven;
};

export type EditGroupResponse = EditGroupResponses[keyof EditGroupResponses];

export type LiveData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/health/live';
};

export type LiveErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type LiveError = LiveErrors[keyof LiveErrors];

export type LiveResponses = {
    /**
     * Yes.
     */
    200: Health;
};

export type LiveResponse = LiveResponses[keyof LiveResponses];

export type ReadyData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/health/ready';
};

export type ReadyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ReadyError = ReadyErrors[keyof ReadyErrors];

export type ReadyResponses = {
    /**
     * Yes; `degraded` says what is not well.
     */
    200: Readiness;
};

export type ReadyResponse = ReadyResponses[keyof ReadyResponses];

export type ListApiKeysData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Is All
         */
        is_all?: boolean;
        /**
         * After
         */
        after?: string | null;
        /**
         * Limit
         */
        limit?: number;
    };
    url: '/api/v1/keys';
};

export type ListApiKeysErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListApiKeysError = ListApiKeysErrors[keyof ListApiKeysErrors];

export type ListApiKeysResponses = {
    /**
     * API keys.
     */
    200: ApiKeyPage;
};

export type ListApiKeysResponse = ListApiKeysResponses[keyof ListApiKeysResponses];

export type CreateApiKeyData = {
    body: ApiKeyInput;
    path?: never;
    query?: never;
    url: '/api/v1/keys';
};

export type CreateApiKeyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateApiKeyError = CreateApiKeyErrors[keyof CreateApiKeyErrors];

export type CreateApiKeyResponses = {
    /**
     * The key: write it down now.
     */
    201: ApiKeyCreated;
};

export type CreateApiKeyResponse = CreateApiKeyResponses[keyof CreateApiKeyResponses];

export type RevokeApiKeyData = {
    body?: never;
    path: {
        /**
         * Key
         */
        key: string;
    };
    query?: never;
    url: '/api/v1/keys/{key}';
};

export type RevokeApiKeyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RevokeApiKeyError = RevokeApiKeyErrors[keyof RevokeApiKeyErrors];

export type RevokeApiKeyResponses = {
    /**
     * The key as it is now.
     */
    200: ApiKeyShown;
};

export type RevokeApiKeyResponse = RevokeApiKeyResponses[keyof RevokeApiKeyResponses];

export type RotateApiKeyData = {
    /**
     * Wish
     */
    body?: ApiKeyRotationInput | null;
    path: {
        /**
         * Key
         */
        key: string;
    };
    query?: never;
    url: '/api/v1/keys/{key}/rotation';
};

export type RotateApiKeyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RotateApiKeyError = RotateApiKeyErrors[keyof RotateApiKeyErrors];

export type RotateApiKeyResponses = {
    /**
     * The key: write it down now.
     */
    201: ApiKeyCreated;
};

export type RotateApiKeyResponse = RotateApiKeyResponses[keyof RotateApiKeyResponses];

export type ListConnectionsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * `-lag`: those with the most lines to get first; `-age`: the oldest.
         */
        sort?: HeadwayLiveConnectionsOrder;
        /**
         * Limit
         */
        limit?: number;
    };
    url: '/api/v1/live/connections';
};

export type ListConnectionsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListConnectionsError = ListConnectionsErrors[keyof ListConnectionsErrors];

export type ListConnectionsResponses = {
    /**
     * Connections; `total` counts them all.
     */
    200: ConnectionPage;
};

export type ListConnectionsResponse = ListConnectionsResponses[keyof ListConnectionsResponses];

export type SweepConnectionsData = {
    body: SweepInput;
    path?: never;
    query?: never;
    url: '/api/v1/live/connections/sweeps';
};

export type SweepConnectionsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type SweepConnectionsError = SweepConnectionsErrors[keyof SweepConnectionsErrors];

export type SweepConnectionsResponses = {
    /**
     * How many were ended.
     */
    200: Swept;
};

export type SweepConnectionsResponse = SweepConnectionsResponses[keyof SweepConnectionsResponses];

export type EndConnectionData = {
    body?: never;
    path: {
        /**
         * Connection
         */
        connection: string;
    };
    query?: {
        /**
         * Reconnect
         *
         * Whether the viewer is told to come back; without, only if the connection is stale.
         */
        reconnect?: boolean | null;
    };
    url: '/api/v1/live/connections/{connection}';
};

export type EndConnectionErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EndConnectionError = EndConnectionErrors[keyof EndConnectionErrors];

export type EndConnectionResponses = {
    /**
     * The connection as it was.
     */
    200: Connection;
    /**
     * It is one of another node, which is told to end it.
     */
    202: Connection;
};

export type EndConnectionResponse = EndConnectionResponses[keyof EndConnectionResponses];

export type PollMessagesData = {
    body: PollInput;
    path?: never;
    query?: never;
    url: '/api/v1/live/poll';
};

export type PollMessagesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type PollMessagesError = PollMessagesErrors[keyof PollMessagesErrors];

export type PollMessagesResponses = {
    /**
     * What there is to say, perhaps nothing.
     */
    200: Polled;
};

export type PollMessagesResponse = PollMessagesResponses[keyof PollMessagesResponses];

export type StreamEventsData = {
    body?: never;
    headers?: {
        /**
         * Last-Event-Id
         *
         * The same as `cursor`, and worth more.
         */
        'last-event-id'?: string | null;
    };
    path?: never;
    query: {
        /**
         * Channel
         *
         * `run:<id>`, `runs:<project>`, `user:<name>`, `system`; may be repeated.
         */
        channel: Array<string>;
        /**
         * Facets
         *
         * Of runs: `log`, `view`, `metric`, with commas.
         */
        facets?: string | null;
        /**
         * Tail
         *
         * Begin with the last lines of the logs.
         */
        tail?: number | null;
        /**
         * After Line
         *
         * Begin after this line of the logs.
         */
        after_line?: number | null;
        /**
         * Rows
         *
         * Runs of a list that are in view, with commas.
         */
        rows?: string | null;
        /**
         * Cursor
         *
         * Where to go on; worth more than `tail` and `after_line`.
         */
        cursor?: string | null;
        /**
         * Ticket
         *
         * Instead of the header Authorization, once: `POST /live/tickets`.
         */
        ticket?: string | null;
    };
    url: '/api/v1/live/sse';
};

export type StreamEventsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type StreamEventsError = StreamEventsErrors[keyof StreamEventsErrors];

export type StreamEventsResponses = {
    /**
     * Events: each an array of messages, its id the cursor behind them.
     */
    200: unknown;
};

export type CreateTicketData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/live/tickets';
};

export type CreateTicketErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateTicketError = CreateTicketErrors[keyof CreateTicketErrors];

export type CreateTicketResponses = {
    /**
     * The ticket.
     */
    201: TicketCreated;
};

export type CreateTicketResponse = CreateTicketResponses[keyof CreateTicketResponses];

export type ListLogsData = {
    body?: never;
    headers?: {
        /**
         * Last-Event-Id
         *
         * Position to follow on from.
         */
        'last-event-id'?: string | null;
    };
    path?: never;
    query?: {
        /**
         * Limit
         *
         * Of a page at most 1,000, 200 without.
         */
        limit?: number | null;
        /**
         * Cursor
         *
         * `next_cursor` of the page before, or a position to follow on.
         */
        cursor?: string | null;
        /**
         * Follow
         *
         * New lines as they come, as NDJSON or server-sent events.
         */
        follow?: boolean;
        /**
         * Format
         *
         * Instead of the header Accept.
         */
        format?: Form | null;
        /**
         * Compress
         *
         * A stream as a gzip file.
         */
        compress?: Compression | null;
        /**
         * Download
         *
         * As a file with a name, for browsers.
         */
        download?: boolean;
        /**
         * Project
         */
        project?: string | null;
        /**
         * Task
         */
        task?: string | null;
        /**
         * Tag
         */
        tag?: string | null;
        /**
         * Run
         *
         * Ids of runs.
         */
        run?: Array<string>;
        /**
         * State
         */
        state?: Array<RunState>;
        /**
         * Level
         *
         * This level and above.
         */
        level?: string | null;
        /**
         * Levels
         *
         * Levels of log lines, with commas.
         */
        levels?: string | null;
        /**
         * From
         *
         * Lines of this time or later, by the clock of who wrote.
         */
        from?: string | null;
        /**
         * To
         *
         * Lines before this time.
         */
        to?: string | null;
        /**
         * Q
         *
         * What to look for in the text.
         */
        q?: string;
        /**
         * Regex
         *
         * `q` is a regular expression of Python.
         */
        regex?: boolean;
        /**
         * Case
         *
         * Upper and lower case are told apart.
         */
        case?: boolean;
        /**
         * Step
         */
        step?: string | null;
        /**
         * Stream
         */
        stream?: string | null;
        /**
         * Logger
         */
        logger?: string | null;
        /**
         * Source
         *
         * Place in the code: `grading.py` or `grading.py:12`.
         */
        source?: string | null;
        /**
         * Attempt
         */
        attempt?: number | null;
        /**
         * Events
         *
         * Steps, attempts, results, too, and not only lines of programs.
         */
        events?: boolean;
        /**
         * By time across runs; of one moment, by run and line.
         */
        order?: HeadwayWebLogQueryOrder;
        /**
         * Fields of the context, each as `field.NAME=value`: `field.sheet=7`.
         */
        field?: {
            [key: string]: string;
        };
    };
    url: '/api/v1/logs';
};

export type ListLogsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListLogsError = ListLogsErrors[keyof ListLogsErrors];

export type ListLogsResponses = {
    /**
     * A page of lines; or, as NDJSON, text or server-sent events, a stream of them.
     */
    200: LogPage;
};

export type ListLogsResponse = ListLogsResponses[keyof ListLogsResponses];

export type CountLogsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * What the groups are.
         */
        by?: By;
        /**
         * Cursor
         *
         * `next_cursor` of the page before, or a position to follow on.
         */
        cursor?: string | null;
        /**
         * Project
         */
        project?: string | null;
        /**
         * Task
         */
        task?: string | null;
        /**
         * Tag
         */
        tag?: string | null;
        /**
         * Run
         *
         * Ids of runs.
         */
        run?: Array<string>;
        /**
         * State
         */
        state?: Array<RunState>;
        /**
         * Level
         *
         * This level and above.
         */
        level?: string | null;
        /**
         * Levels
         *
         * Levels of log lines, with commas.
         */
        levels?: string | null;
        /**
         * From
         *
         * Lines of this time or later, by the clock of who wrote.
         */
        from?: string | null;
        /**
         * To
         *
         * Lines before this time.
         */
        to?: string | null;
        /**
         * Q
         *
         * What to look for in the text.
         */
        q?: string;
        /**
         * Regex
         *
         * `q` is a regular expression of Python.
         */
        regex?: boolean;
        /**
         * Case
         *
         * Upper and lower case are told apart.
         */
        case?: boolean;
        /**
         * Step
         */
        step?: string | null;
        /**
         * Stream
         */
        stream?: string | null;
        /**
         * Logger
         */
        logger?: string | null;
        /**
         * Source
         *
         * Place in the code: `grading.py` or `grading.py:12`.
         */
        source?: string | null;
        /**
         * Attempt
         */
        attempt?: number | null;
        /**
         * Events
         *
         * Steps, attempts, results, too, and not only lines of programs.
         */
        events?: boolean;
        /**
         * By time across runs; of one moment, by run and line.
         */
        order?: HeadwayWebLogQueryOrder;
        /**
         * Fields of the context, each as `field.NAME=value`: `field.sheet=7`.
         */
        field?: {
            [key: string]: string;
        };
    };
    url: '/api/v1/logs/counts';
};

export type CountLogsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CountLogsError = CountLogsErrors[keyof CountLogsErrors];

export type CountLogsResponses = {
    /**
     * How many lines there are.
     */
    200: LogCounts;
};

export type CountLogsResponse = CountLogsResponses[keyof CountLogsResponses];

export type ExposeFiguresData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/metrics';
};

export type ExposeFiguresErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ExposeFiguresError = ExposeFiguresErrors[keyof ExposeFiguresErrors];

export type ExposeFiguresResponses = {
    /**
     * The figures.
     */
    200: string;
};

export type ExposeFiguresResponse = ExposeFiguresResponses[keyof ExposeFiguresResponses];

export type ExposeAllWorkersData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/metrics/workers';
};

export type ExposeAllWorkersErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ExposeAllWorkersError = ExposeAllWorkersErrors[keyof ExposeAllWorkersErrors];

export type ExposeAllWorkersResponses = {
    /**
     * The figures.
     */
    200: string;
};

export type ExposeAllWorkersResponse = ExposeAllWorkersResponses[keyof ExposeAllWorkersResponses];

export type ShowApisData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Route
         *
         * Of this route the series, such as `GET /api/v1/runs`.
         */
        route?: string | null;
        /**
         * From
         *
         * An hour before `to` without.
         */
        from?: string | null;
        /**
         * To
         *
         * Now without.
         */
        to?: string | null;
        /**
         * Step
         *
         * Seconds between points, at most 1,000 of them; chosen to fit without.
         */
        step?: number | null;
    };
    url: '/api/v1/monitor/apis';
};

export type ShowApisErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowApisError = ShowApisErrors[keyof ShowApisErrors];

export type ShowApisResponses = {
    /**
     * Calls of the interface.
     */
    200: ApisSampled;
};

export type ShowApisResponse = ShowApisResponses[keyof ShowApisResponses];

export type ShowDatabaseData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * From
         *
         * An hour before `to` without.
         */
        from?: string | null;
        /**
         * To
         *
         * Now without.
         */
        to?: string | null;
        /**
         * Step
         *
         * Seconds between points, at most 1,000 of them; chosen to fit without.
         */
        step?: number | null;
    };
    url: '/api/v1/monitor/database';
};

export type ShowDatabaseErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowDatabaseError = ShowDatabaseErrors[keyof ShowDatabaseErrors];

export type ShowDatabaseResponses = {
    /**
     * The store.
     */
    200: DatabaseSampled;
};

export type ShowDatabaseResponse = ShowDatabaseResponses[keyof ShowDatabaseResponses];

export type ShowGatewayData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * From
         *
         * An hour before `to` without.
         */
        from?: string | null;
        /**
         * To
         *
         * Now without.
         */
        to?: string | null;
        /**
         * Step
         *
         * Seconds between points, at most 1,000 of them; chosen to fit without.
         */
        step?: number | null;
    };
    url: '/api/v1/monitor/gateway';
};

export type ShowGatewayErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowGatewayError = ShowGatewayErrors[keyof ShowGatewayErrors];

export type ShowGatewayResponses = {
    /**
     * Viewers.
     */
    200: GatewaySampled;
};

export type ShowGatewayResponse = ShowGatewayResponses[keyof ShowGatewayResponses];

export type ShowSystemData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * From
         *
         * An hour before `to` without.
         */
        from?: string | null;
        /**
         * To
         *
         * Now without.
         */
        to?: string | null;
        /**
         * Step
         *
         * Seconds between points, at most 1,000 of them; chosen to fit without.
         */
        step?: number | null;
    };
    url: '/api/v1/monitor/system';
};

export type ShowSystemErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowSystemError = ShowSystemErrors[keyof ShowSystemErrors];

export type ShowSystemResponses = {
    /**
     * Hosts, processes and the canary.
     */
    200: SystemSampled;
};

export type ShowSystemResponse = ShowSystemResponses[keyof ShowSystemResponses];

export type ShowQueuesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * From
         *
         * An hour before `to` without.
         */
        from?: string | null;
        /**
         * To
         *
         * Now without.
         */
        to?: string | null;
        /**
         * Step
         *
         * Seconds between points, at most 1,000 of them; chosen to fit without.
         */
        step?: number | null;
    };
    url: '/api/v1/monitor/tasks';
};

export type ShowQueuesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowQueuesError = ShowQueuesErrors[keyof ShowQueuesErrors];

export type ShowQueuesResponses = {
    /**
     * Queues and runs.
     */
    200: TasksSampled;
};

export type ShowQueuesResponse = ShowQueuesResponses[keyof ShowQueuesResponses];

export type ListNoticesData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/notices';
};

export type ListNoticesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListNoticesError = ListNoticesErrors[keyof ListNoticesErrors];

export type ListNoticesResponses = {
    /**
     * Notices.
     */
    200: NoticePage;
};

export type ListNoticesResponse = ListNoticesResponses[keyof ListNoticesResponses];

export type CreateNoticeData = {
    body: NoticeInput;
    path?: never;
    query?: never;
    url: '/api/v1/notices';
};

export type CreateNoticeErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateNoticeError = CreateNoticeErrors[keyof CreateNoticeErrors];

export type CreateNoticeResponses = {
    /**
     * The notice.
     */
    201: NoticeGiven;
};

export type CreateNoticeResponse = CreateNoticeResponses[keyof CreateNoticeResponses];

export type WithdrawNoticeData = {
    body?: never;
    path: {
        /**
         * Notice
         *
         * Id of the notice.
         */
        notice: string;
    };
    query?: never;
    url: '/api/v1/notices/{notice}';
};

export type WithdrawNoticeErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type WithdrawNoticeError = WithdrawNoticeErrors[keyof WithdrawNoticeErrors];

export type WithdrawNoticeResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type WithdrawNoticeResponse = WithdrawNoticeResponses[keyof WithdrawNoticeResponses];

export type EndAtProviderData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Code
         */
        code?: string | null;
        /**
         * State
         */
        state?: string | null;
        /**
         * Error
         */
        error?: string | null;
        /**
         * Error Description
         */
        error_description?: string | null;
        /**
         * Iss
         */
        iss?: string | null;
    };
    url: '/api/v1/oidc/callback';
};

export type EndAtProviderErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EndAtProviderError = EndAtProviderErrors[keyof EndAtProviderErrors];

export type EndAtProviderResponses = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EndAtProviderResponse = EndAtProviderResponses[keyof EndAtProviderResponses];

export type StartAtProviderData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * To
         *
         * The page where it ends: a path of this server.
         */
        to?: string;
    };
    url: '/api/v1/oidc/start';
};

export type StartAtProviderErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type StartAtProviderError = StartAtProviderErrors[keyof StartAtProviderErrors];

export type StartAtProviderResponses = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type StartAtProviderResponse = StartAtProviderResponses[keyof StartAtProviderResponses];

export type ListPermissionsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/permissions';
};

export type ListPermissionsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListPermissionsError = ListPermissionsErrors[keyof ListPermissionsErrors];

export type ListPermissionsResponses = {
    /**
     * All permissions.
     */
    200: PermissionPage;
};

export type ListPermissionsResponse = ListPermissionsResponses[keyof ListPermissionsResponses];

export type ShowProtectionData = {
    body?: never;
    path: {
        /**
         * Project
         */
        project: string;
    };
    query?: never;
    url: '/api/v1/projects/{project}/protection';
};

export type ShowProtectionErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowProtectionError = ShowProtectionErrors[keyof ShowProtectionErrors];

export type ShowProtectionResponses = {
    /**
     * What others have to approve in the project.
     */
    200: Protection;
};

export type ShowProtectionResponse = ShowProtectionResponses[keyof ShowProtectionResponses];

export type ProtectProjectData = {
    body: ProtectionInput;
    path: {
        /**
         * Project
         */
        project: string;
    };
    query?: never;
    url: '/api/v1/projects/{project}/protection';
};

export type ProtectProjectErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ProtectProjectError = ProtectProjectErrors[keyof ProtectProjectErrors];

export type ProtectProjectResponses = {
    /**
     * What others have to approve in the project.
     */
    200: Protection;
};

export type ProtectProjectResponse = ProtectProjectResponses[keyof ProtectProjectResponses];

export type ListProtectionsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/protections';
};

export type ListProtectionsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListProtectionsError = ListProtectionsErrors[keyof ListProtectionsErrors];

export type ListProtectionsResponses = {
    /**
     * Protected projects.
     */
    200: ProtectionPage;
};

export type ListProtectionsResponse = ListProtectionsResponses[keyof ListProtectionsResponses];

export type ListQueuesData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/queues';
};

export type ListQueuesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListQueuesError = ListQueuesErrors[keyof ListQueuesErrors];

export type ListQueuesResponses = {
    /**
     * Queues.
     */
    200: QueuePage;
};

export type ListQueuesResponse = ListQueuesResponses[keyof ListQueuesResponses];

export type EditQueueData = {
    body: QueueInput;
    path: {
        /**
         * Name
         */
        name: string;
    };
    query?: never;
    url: '/api/v1/queues/{name}';
};

export type EditQueueErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EditQueueError = EditQueueErrors[keyof EditQueueErrors];

export type EditQueueResponses = {
    /**
     * The queue as it is now.
     */
    200: Queue;
};

export type EditQueueResponse = EditQueueResponses[keyof EditQueueResponses];

export type ListQuotasData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/quotas';
};

export type ListQuotasErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListQuotasError = ListQuotasErrors[keyof ListQuotasErrors];

export type ListQuotasResponses = {
    /**
     * Quotas.
     */
    200: QuotaPage;
};

export type ListQuotasResponse = ListQuotasResponses[keyof ListQuotasResponses];

export type EditQuotaData = {
    body: QuotaInput;
    path: {
        /**
         * Project
         */
        project: string;
    };
    query?: never;
    url: '/api/v1/quotas/{project}';
};

export type EditQuotaErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EditQuotaError = EditQuotaErrors[keyof EditQuotaErrors];

export type EditQuotaResponses = {
    /**
     * The quota.
     */
    200: Quota;
};

export type EditQuotaResponse = EditQuotaResponses[keyof EditQuotaResponses];

export type ListRevocationsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Limit
         */
        limit?: number;
    };
    url: '/api/v1/revocations';
};

export type ListRevocationsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListRevocationsError = ListRevocationsErrors[keyof ListRevocationsErrors];

export type ListRevocationsResponses = {
    /**
     * Revocations.
     */
    200: RevocationPage;
};

export type ListRevocationsResponse = ListRevocationsResponses[keyof ListRevocationsResponses];

export type CreateRevocationData = {
    body: RevocationInput;
    path?: never;
    query?: never;
    url: '/api/v1/revocations';
};

export type CreateRevocationErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateRevocationError = CreateRevocationErrors[keyof CreateRevocationErrors];

export type CreateRevocationResponses = {
    /**
     * The revocation.
     */
    201: Revocation;
};

export type CreateRevocationResponse = CreateRevocationResponses[keyof CreateRevocationResponses];

export type ListRolesData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/roles';
};

export type ListRolesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListRolesError = ListRolesErrors[keyof ListRolesErrors];

export type ListRolesResponses = {
    /**
     * Roles: those that are built in, then the others by name.
     */
    200: RolePage;
};

export type ListRolesResponse = ListRolesResponses[keyof ListRolesResponses];

export type DeleteRoleData = {
    body?: never;
    path: {
        /**
         * Role
         *
         * Name of the role.
         */
        role: string;
    };
    query?: never;
    url: '/api/v1/roles/{role}';
};

export type DeleteRoleErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteRoleError = DeleteRoleErrors[keyof DeleteRoleErrors];

export type DeleteRoleResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteRoleResponse = DeleteRoleResponses[keyof DeleteRoleResponses];

export type ShowRoleData = {
    body?: never;
    path: {
        /**
         * Role
         *
         * Name of the role.
         */
        role: string;
    };
    query?: never;
    url: '/api/v1/roles/{role}';
};

export type ShowRoleErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowRoleError = ShowRoleErrors[keyof ShowRoleErrors];

export type ShowRoleResponses = {
    /**
     * The role.
     */
    200: RoleShown;
};

export type ShowRoleResponse = ShowRoleResponses[keyof ShowRoleResponses];

export type PutRoleData = {
    body: RoleInput;
    path: {
        /**
         * Role
         *
         * Name of the role.
         */
        role: string;
    };
    query?: never;
    url: '/api/v1/roles/{role}';
};

export type PutRoleErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type PutRoleError = PutRoleErrors[keyof PutRoleErrors];

export type PutRoleResponses = {
    /**
     * The role.
     */
    200: RoleShown;
    /**
     * Others have to approve it first; it is done when they have.
     */
    202: ApprovalGiven;
};

export type PutRoleResponse = PutRoleResponses[keyof PutRoleResponses];

export type ListRunsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Total
         */
        total?: boolean;
        /**
         * Project
         */
        project?: string | null;
        /**
         * State
         */
        state?: Array<RunState>;
        /**
         * Task
         */
        task?: string | null;
        /**
         * Kind
         */
        kind?: string | null;
        /**
         * Tag
         */
        tag?: string | null;
        /**
         * Created By
         */
        created_by?: string | null;
        /**
         * Parent
         */
        parent?: string | null;
        /**
         * Is Root
         *
         * Only runs that no other run has started.
         */
        is_root?: boolean;
        /**
         * Q
         *
         * Part of the name.
         */
        q?: string | null;
        /**
         * Created From
         */
        created_from?: string | null;
        /**
         * Created To
         */
        created_to?: string | null;
        /**
         * A minus puts the newest, or last, first.
         */
        sort?: Sort;
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         */
        cursor?: string | null;
        /**
         * Fields
         *
         * Names of fields, with commas; `view` and `estimate` only come when they are named.
         */
        fields?: string | null;
    };
    url: '/api/v1/runs';
};

export type ListRunsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListRunsError = ListRunsErrors[keyof ListRunsErrors];

export type ListRunsResponses = {
    /**
     * A page of runs.
     */
    200: RunPage;
};

export type ListRunsResponse = ListRunsResponses[keyof ListRunsResponses];

export type OpenRunData = {
    body: OpenInput;
    headers?: {
        /**
         * Idempotency-Key
         *
         * The same key again gives the run that it gave first.
         */
        'idempotency-key'?: string | null;
    };
    path?: never;
    query?: never;
    url: '/api/v1/runs';
};

export type OpenRunErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type OpenRunError = OpenRunErrors[keyof OpenRunErrors];

export type OpenRunResponses = {
    /**
     * The run is open.
     */
    201: Opened;
};

export type OpenRunResponse = OpenRunResponses[keyof OpenRunResponses];

export type CancelManyData = {
    body: BulkInput;
    path?: never;
    query?: {
        /**
         * Project
         */
        project?: string | null;
        /**
         * State
         */
        state?: Array<RunState>;
        /**
         * Task
         */
        task?: string | null;
        /**
         * Kind
         */
        kind?: string | null;
        /**
         * Tag
         */
        tag?: string | null;
        /**
         * Created By
         */
        created_by?: string | null;
        /**
         * Parent
         */
        parent?: string | null;
        /**
         * Is Root
         *
         * Only runs that no other run has started.
         */
        is_root?: boolean;
        /**
         * Q
         *
         * Part of the name.
         */
        q?: string | null;
        /**
         * Created From
         */
        created_from?: string | null;
        /**
         * Created To
         */
        created_to?: string | null;
    };
    url: '/api/v1/runs/cancellations';
};

export type CancelManyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CancelManyError = CancelManyErrors[keyof CancelManyErrors];

export type CancelManyResponses = {
    /**
     * What came of it.
     */
    200: Bulk;
    /**
     * Others have to approve it first; it is done when they have.
     */
    202: ApprovalGiven;
};

export type CancelManyResponse = CancelManyResponses[keyof CancelManyResponses];

export type DeleteManyData = {
    body: BulkInput;
    path?: never;
    query?: {
        /**
         * Project
         */
        project?: string | null;
        /**
         * State
         */
        state?: Array<RunState>;
        /**
         * Task
         */
        task?: string | null;
        /**
         * Kind
         */
        kind?: string | null;
        /**
         * Tag
         */
        tag?: string | null;
        /**
         * Created By
         */
        created_by?: string | null;
        /**
         * Parent
         */
        parent?: string | null;
        /**
         * Is Root
         *
         * Only runs that no other run has started.
         */
        is_root?: boolean;
        /**
         * Q
         *
         * Part of the name.
         */
        q?: string | null;
        /**
         * Created From
         */
        created_from?: string | null;
        /**
         * Created To
         */
        created_to?: string | null;
    };
    url: '/api/v1/runs/deletions';
};

export type DeleteManyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteManyError = DeleteManyErrors[keyof DeleteManyErrors];

export type DeleteManyResponses = {
    /**
     * What came of it.
     */
    200: Bulk;
    /**
     * Others have to approve it first; it is done when they have.
     */
    202: ApprovalGiven;
};

export type DeleteManyResponse = DeleteManyResponses[keyof DeleteManyResponses];

export type PauseManyData = {
    body: BulkInput;
    path?: never;
    query?: {
        /**
         * Project
         */
        project?: string | null;
        /**
         * State
         */
        state?: Array<RunState>;
        /**
         * Task
         */
        task?: string | null;
        /**
         * Kind
         */
        kind?: string | null;
        /**
         * Tag
         */
        tag?: string | null;
        /**
         * Created By
         */
        created_by?: string | null;
        /**
         * Parent
         */
        parent?: string | null;
        /**
         * Is Root
         *
         * Only runs that no other run has started.
         */
        is_root?: boolean;
        /**
         * Q
         *
         * Part of the name.
         */
        q?: string | null;
        /**
         * Created From
         */
        created_from?: string | null;
        /**
         * Created To
         */
        created_to?: string | null;
    };
    url: '/api/v1/runs/pauses';
};

export type PauseManyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type PauseManyError = PauseManyErrors[keyof PauseManyErrors];

export type PauseManyResponses = {
    /**
     * What came of it.
     */
    200: Bulk;
};

export type PauseManyResponse = PauseManyResponses[keyof PauseManyResponses];

export type ResumeManyData = {
    body: BulkInput;
    path?: never;
    query?: {
        /**
         * Project
         */
        project?: string | null;
        /**
         * State
         */
        state?: Array<RunState>;
        /**
         * Task
         */
        task?: string | null;
        /**
         * Kind
         */
        kind?: string | null;
        /**
         * Tag
         */
        tag?: string | null;
        /**
         * Created By
         */
        created_by?: string | null;
        /**
         * Parent
         */
        parent?: string | null;
        /**
         * Is Root
         *
         * Only runs that no other run has started.
         */
        is_root?: boolean;
        /**
         * Q
         *
         * Part of the name.
         */
        q?: string | null;
        /**
         * Created From
         */
        created_from?: string | null;
        /**
         * Created To
         */
        created_to?: string | null;
    };
    url: '/api/v1/runs/resumptions';
};

export type ResumeManyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ResumeManyError = ResumeManyErrors[keyof ResumeManyErrors];

export type ResumeManyResponses = {
    /**
     * What came of it.
     */
    200: Bulk;
};

export type ResumeManyResponse = ResumeManyResponses[keyof ResumeManyResponses];

export type RetryManyData = {
    body: BulkInput;
    path?: never;
    query?: {
        /**
         * Project
         */
        project?: string | null;
        /**
         * State
         */
        state?: Array<RunState>;
        /**
         * Task
         */
        task?: string | null;
        /**
         * Kind
         */
        kind?: string | null;
        /**
         * Tag
         */
        tag?: string | null;
        /**
         * Created By
         */
        created_by?: string | null;
        /**
         * Parent
         */
        parent?: string | null;
        /**
         * Is Root
         *
         * Only runs that no other run has started.
         */
        is_root?: boolean;
        /**
         * Q
         *
         * Part of the name.
         */
        q?: string | null;
        /**
         * Created From
         */
        created_from?: string | null;
        /**
         * Created To
         */
        created_to?: string | null;
    };
    url: '/api/v1/runs/retries';
};

export type RetryManyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RetryManyError = RetryManyErrors[keyof RetryManyErrors];

export type RetryManyResponses = {
    /**
     * What came of it.
     */
    200: Bulk;
};

export type RetryManyResponse = RetryManyResponses[keyof RetryManyResponses];

export type DeleteRunData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}';
};

export type DeleteRunErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteRunError = DeleteRunErrors[keyof DeleteRunErrors];

export type DeleteRunResponses = {
    /**
     * Others have to approve it first; it is done when they have.
     */
    202: ApprovalGiven;
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteRunResponse = DeleteRunResponses[keyof DeleteRunResponses];

export type ShowRunData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * External
         *
         * The id in the path is the external id.
         */
        external?: boolean;
        /**
         * Project
         *
         * With `external`: the run's project.
         */
        project?: string;
        /**
         * Fields
         *
         * Names of fields, with commas; `view` and `estimate` only come when they are named.
         */
        fields?: string | null;
    };
    url: '/api/v1/runs/{run}';
};

export type ShowRunErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowRunError = ShowRunErrors[keyof ShowRunErrors];

export type ShowRunResponses = {
    /**
     * The run.
     */
    200: RunDetail;
};

export type ShowRunResponse = ShowRunResponses[keyof ShowRunResponses];

export type EditRunData = {
    body: EditInput;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}';
};

export type EditRunErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EditRunError = EditRunErrors[keyof EditRunErrors];

export type EditRunResponses = {
    /**
     * The run.
     */
    200: Run;
};

export type EditRunResponse = EditRunResponses[keyof EditRunResponses];

export type ListArtifactsData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
        /**
         * Total
         */
        total?: boolean;
    };
    url: '/api/v1/runs/{run}/artifacts';
};

export type ListArtifactsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListArtifactsError = ListArtifactsErrors[keyof ListArtifactsErrors];

export type ListArtifactsResponses = {
    /**
     * Artifacts.
     */
    200: ArtifactPage;
};

export type ListArtifactsResponse = ListArtifactsResponses[keyof ListArtifactsResponses];

export type AddArtifactData = {
    body: Blob | File;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query: {
        /**
         * Name
         */
        name: string;
        /**
         * Fence
         */
        fence: number;
        /**
         * Media Type
         */
        media_type?: string;
        /**
         * Step
         */
        step?: string | null;
    };
    url: '/api/v1/runs/{run}/artifacts';
};

export type AddArtifactErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type AddArtifactError = AddArtifactErrors[keyof AddArtifactErrors];

export type AddArtifactResponses = {
    /**
     * The artifact was added.
     */
    201: Artifact;
};

export type AddArtifactResponse = AddArtifactResponses[keyof AddArtifactResponses];

export type ShowArtifactData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
        /**
         * Artifact
         */
        artifact: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/artifacts/{artifact}';
};

export type ShowArtifactErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowArtifactError = ShowArtifactErrors[keyof ShowArtifactErrors];

export type ShowArtifactResponses = {
    /**
     * The artifact.
     */
    200: Artifact;
};

export type ShowArtifactResponse = ShowArtifactResponses[keyof ShowArtifactResponses];

export type FetchArtifactData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
        /**
         * Artifact
         */
        artifact: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/artifacts/{artifact}/content';
};

export type FetchArtifactErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type FetchArtifactError = FetchArtifactErrors[keyof FetchArtifactErrors];

export type FetchArtifactResponses = {
    /**
     * The bytes, of the type that they were kept with.
     */
    200: unknown;
};

export type ListAttemptsData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
        /**
         * Total
         */
        total?: boolean;
    };
    url: '/api/v1/runs/{run}/attempts';
};

export type ListAttemptsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListAttemptsError = ListAttemptsErrors[keyof ListAttemptsErrors];

export type ListAttemptsResponses = {
    /**
     * Attempts.
     */
    200: AttemptPage;
};

export type ListAttemptsResponse = ListAttemptsResponses[keyof ListAttemptsResponses];

export type CancelRunData = {
    /**
     * Wish
     */
    body?: WishInput | null;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/cancellation';
};

export type CancelRunErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CancelRunError = CancelRunErrors[keyof CancelRunErrors];

export type CancelRunResponses = {
    /**
     * The run as it is after the wish.
     */
    202: Run;
};

export type CancelRunResponse = CancelRunResponses[keyof CancelRunResponses];

export type ListEntriesData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * From
         *
         * First line.
         */
        from?: number;
        /**
         * To
         *
         * Last line.
         */
        to?: number;
        /**
         * Levels
         *
         * Levels of log lines, with commas.
         */
        levels?: string | null;
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
        /**
         * Total
         */
        total?: boolean;
    };
    url: '/api/v1/runs/{run}/entries';
};

export type ListEntriesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListEntriesError = ListEntriesErrors[keyof ListEntriesErrors];

export type ListEntriesResponses = {
    /**
     * Entries, as stored.
     */
    200: EntryPage;
};

export type ListEntriesResponse = ListEntriesResponses[keyof ListEntriesResponses];

export type ShowEstimateData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/estimate';
};

export type ShowEstimateErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowEstimateError = ShowEstimateErrors[keyof ShowEstimateErrors];

export type ShowEstimateResponses = {
    /**
     * When the run will end.
     */
    200: RunEstimate;
};

export type ShowEstimateResponse = ShowEstimateResponses[keyof ShowEstimateResponses];

export type ListEventsData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * After Seq
         */
        after_seq?: number;
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
        /**
         * Total
         */
        total?: boolean;
    };
    url: '/api/v1/runs/{run}/events';
};

export type ListEventsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListEventsError = ListEventsErrors[keyof ListEventsErrors];

export type ListEventsResponses = {
    /**
     * Events, as stored.
     */
    200: EventPage;
};

export type ListEventsResponse = ListEventsResponses[keyof ListEventsResponses];

export type RecordEventsData = {
    body: BatchInput;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/events';
};

export type RecordEventsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RecordEventsError = RecordEventsErrors[keyof RecordEventsErrors];

export type RecordEventsResponses = {
    /**
     * The batch is on disk.
     */
    200: Recorded;
};

export type RecordEventsResponse = RecordEventsResponses[keyof RecordEventsResponses];

export type ShowFamilyData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/family';
};

export type ShowFamilyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowFamilyError = ShowFamilyErrors[keyof ShowFamilyErrors];

export type ShowFamilyResponses = {
    /**
     * The children at one glance.
     */
    200: Family;
};

export type ShowFamilyResponse = ShowFamilyResponses[keyof ShowFamilyResponses];

export type ListChildrenData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * First
         *
         * Place of the first among the cells, from 0 on.
         */
        first?: number;
        /**
         * Count
         */
        count?: number;
    };
    url: '/api/v1/runs/{run}/family/children';
};

export type ListChildrenErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListChildrenError = ListChildrenErrors[keyof ListChildrenErrors];

export type ListChildrenResponses = {
    /**
     * Children.
     */
    200: ChildPage;
};

export type ListChildrenResponse = ListChildrenResponses[keyof ListChildrenResponses];

export type SearchLogData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * Q
         *
         * What to look for in the text of entries.
         */
        q?: string;
        /**
         * Regex
         *
         * `q` is a regular expression of Python.
         */
        regex?: boolean;
        /**
         * Case
         *
         * Upper and lower case are told apart.
         */
        case?: boolean;
        /**
         * Levels
         *
         * Levels of log lines, with commas.
         */
        levels?: string | null;
        /**
         * Step
         */
        step?: string | null;
        /**
         * Stream
         */
        stream?: string | null;
        /**
         * Attempt
         */
        attempt?: number | null;
        /**
         * From
         *
         * First line.
         */
        from?: number;
        /**
         * To
         *
         * Last line.
         */
        to?: number;
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
    };
    url: '/api/v1/runs/{run}/hits';
};

export type SearchLogErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type SearchLogError = SearchLogErrors[keyof SearchLogErrors];

export type SearchLogResponses = {
    /**
     * A page of hits.
     */
    200: Hits;
};

export type SearchLogResponse = SearchLogResponses[keyof SearchLogResponses];

export type DeleteLogData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/log';
};

export type DeleteLogErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteLogError = DeleteLogErrors[keyof DeleteLogErrors];

export type DeleteLogResponses = {
    /**
     * Others have to approve it first; it is done when they have.
     */
    202: ApprovalGiven;
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteLogResponse = DeleteLogResponses[keyof DeleteLogResponses];

export type StreamLogData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * From
         *
         * First line.
         */
        from?: number;
        /**
         * Follow
         *
         * Go on until the run has ended.
         */
        follow?: boolean;
        format?: LogFormat;
        /**
         * Compress
         *
         * As a gzip file, made while it is sent.
         */
        compress?: Compression | null;
        /**
         * Download
         *
         * As a file with a name, for browsers.
         */
        download?: boolean;
    };
    url: '/api/v1/runs/{run}/log';
};

export type StreamLogErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type StreamLogError = StreamLogErrors[keyof StreamLogErrors];

export type StreamLogResponses = {
    /**
     * The log as a stream.
     */
    200: unknown;
};

export type EndRunData = {
    body: OutcomeInput;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/outcome';
};

export type EndRunErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EndRunError = EndRunErrors[keyof EndRunErrors];

export type EndRunResponses = {
    /**
     * The run.
     */
    200: Run;
};

export type EndRunResponse = EndRunResponses[keyof EndRunResponses];

export type PauseRunData = {
    /**
     * Wish
     */
    body?: WishInput | null;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/pause';
};

export type PauseRunErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type PauseRunError = PauseRunErrors[keyof PauseRunErrors];

export type PauseRunResponses = {
    /**
     * The run as it is after the wish.
     */
    202: Run;
};

export type PauseRunResponse = PauseRunResponses[keyof PauseRunResponses];

export type ListPointsData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * Name
         *
         * Of one metric; all of them without.
         */
        name?: string | null;
        /**
         * After Seq
         */
        after_seq?: number;
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
    };
    url: '/api/v1/runs/{run}/points';
};

export type ListPointsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListPointsError = ListPointsErrors[keyof ListPointsErrors];

export type ListPointsResponses = {
    /**
     * Points, as stored.
     */
    200: PointPage;
};

export type ListPointsResponse = ListPointsResponses[keyof ListPointsResponses];

export type ReportRunProgressData = {
    body: ProgressInput;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/progress';
};

export type ReportRunProgressErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ReportRunProgressError = ReportRunProgressErrors[keyof ReportRunProgressErrors];

export type ReportRunProgressResponses = {
    /**
     * The run.
     */
    200: Run;
};

export type ReportRunProgressResponse = ReportRunProgressResponses[keyof ReportRunProgressResponses];

export type ShowResultData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/result';
};

export type ShowResultErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowResultError = ShowResultErrors[keyof ShowResultErrors];

export type ShowResultResponses = {
    /**
     * Response 200 Showresult
     *
     * The result, as the run returned it.
     */
    200: unknown;
};

export type ResumeRunData = {
    /**
     * Wish
     */
    body?: WishInput | null;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/resumption';
};

export type ResumeRunErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ResumeRunError = ResumeRunErrors[keyof ResumeRunErrors];

export type ResumeRunResponses = {
    /**
     * The run as it is after the wish.
     */
    202: Run;
};

export type ResumeRunResponse = ResumeRunResponses[keyof ResumeRunResponses];

export type RetryRunData = {
    /**
     * Wish
     */
    body?: RetryInput | null;
    headers?: {
        /**
         * Idempotency-Key
         *
         * The same key again gives the run that it gave first.
         */
        'idempotency-key'?: string | null;
    };
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/retries';
};

export type RetryRunErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RetryRunError = RetryRunErrors[keyof RetryRunErrors];

export type RetryRunResponses = {
    /**
     * The new run.
     */
    201: Run;
};

export type RetryRunResponse = RetryRunResponses[keyof RetryRunResponses];

export type ShowSamplesData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * From
         *
         * An hour before `to` without.
         */
        from?: string | null;
        /**
         * To
         *
         * Now without.
         */
        to?: string | null;
        /**
         * Step
         *
         * Seconds between points, at most 1,000 of them; chosen to fit without.
         */
        step?: number | null;
    };
    url: '/api/v1/runs/{run}/samples';
};

export type ShowSamplesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowSamplesError = ShowSamplesErrors[keyof ShowSamplesErrors];

export type ShowSamplesResponses = {
    /**
     * What the run took.
     */
    200: RunSampled;
};

export type ShowSamplesResponse = ShowSamplesResponses[keyof ShowSamplesResponses];

export type ShowSeriesData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * Names
         *
         * Of these metrics; of all without.
         */
        names?: Array<string>;
        /**
         * After Seq
         */
        after_seq?: number;
        /**
         * Max Points
         *
         * Points of a series; more are thinned.
         */
        max_points?: number;
    };
    url: '/api/v1/runs/{run}/series';
};

export type ShowSeriesErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowSeriesError = ShowSeriesErrors[keyof ShowSeriesErrors];

export type ShowSeriesResponses = {
    /**
     * All series of the run.
     */
    200: SeriesList;
};

export type ShowSeriesResponse = ShowSeriesResponses[keyof ShowSeriesResponses];

export type ListLinksData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/share-links';
};

export type ListLinksErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListLinksError = ListLinksErrors[keyof ListLinksErrors];

export type ListLinksResponses = {
    /**
     * Share links.
     */
    200: ShareLinkPage;
};

export type ListLinksResponse = ListLinksResponses[keyof ListLinksResponses];

export type CreateShareLinkData = {
    body: ShareLinkInput;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/share-links';
};

export type CreateShareLinkErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateShareLinkError = CreateShareLinkErrors[keyof CreateShareLinkErrors];

export type CreateShareLinkResponses = {
    /**
     * The link: send it now.
     */
    201: ShareLinkCreated;
};

export type CreateShareLinkResponse = CreateShareLinkResponses[keyof CreateShareLinkResponses];

export type DeleteShareLinkData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
        /**
         * Link
         */
        link: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/share-links/{link}';
};

export type DeleteShareLinkErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteShareLinkError = DeleteShareLinkErrors[keyof DeleteShareLinkErrors];

export type DeleteShareLinkResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteShareLinkResponse = DeleteShareLinkResponses[keyof DeleteShareLinkResponses];

export type DumpStackData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/stack-dumps';
};

export type DumpStackErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DumpStackError = DumpStackErrors[keyof DumpStackErrors];

export type DumpStackResponses = {
    /**
     * The run as it is after the wish.
     */
    202: Run;
};

export type DumpStackResponse = DumpStackResponses[keyof DumpStackResponses];

export type ListStepsData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: {
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
        /**
         * Total
         */
        total?: boolean;
    };
    url: '/api/v1/runs/{run}/steps';
};

export type ListStepsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListStepsError = ListStepsErrors[keyof ListStepsErrors];

export type ListStepsResponses = {
    /**
     * Steps.
     */
    200: StepPage;
};

export type ListStepsResponse = ListStepsResponses[keyof ListStepsResponses];

export type ShowViewData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/view';
};

export type ShowViewErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowViewError = ShowViewErrors[keyof ShowViewErrors];

export type ShowViewResponses = {
    /**
     * Response 200 Showview
     *
     * The view.
     */
    200: {
        [key: string]: unknown;
    };
};

export type ShowViewResponse = ShowViewResponses[keyof ShowViewResponses];

export type ShowWaitingData = {
    body?: never;
    path: {
        /**
         * Run
         *
         * Id of the run.
         */
        run: string;
    };
    query?: never;
    url: '/api/v1/runs/{run}/waiting';
};

export type ShowWaitingErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowWaitingError = ShowWaitingErrors[keyof ShowWaitingErrors];

export type ShowWaitingResponses = {
    /**
     * Why it waits.
     */
    200: Waiting;
};

export type ShowWaitingResponse = ShowWaitingResponses[keyof ShowWaitingResponses];

export type ListAllData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/secrets';
};

export type ListAllErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListAllError = ListAllErrors[keyof ListAllErrors];

export type ListAllResponses = {
    /**
     * Secrets, by name.
     */
    200: SecretPage;
};

export type ListAllResponse = ListAllResponses[keyof ListAllResponses];

export type RotateData = {
    /**
     *  Wish
     */
    body?: RotationInput | null;
    path?: never;
    query?: never;
    url: '/api/v1/secrets/rotations';
};

export type RotateErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RotateError = RotateErrors[keyof RotateErrors];

export type RotateResponses = {
    /**
     * Response 200 Rotate
     *
     * How many were encrypted again.
     */
    200: {
        [key: string]: number;
    };
};

export type RotateResponse = RotateResponses[keyof RotateResponses];

export type RemoveSecretData = {
    body?: never;
    path: {
        /**
         * Secret
         *
         * Name of the secret.
         */
        secret: string;
    };
    query?: {
        /**
         * Project
         *
         * Of this project; without, that of all projects.
         */
        project?: string | null;
    };
    url: '/api/v1/secrets/{secret}';
};

export type RemoveSecretErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RemoveSecretError = RemoveSecretErrors[keyof RemoveSecretErrors];

export type RemoveSecretResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type RemoveSecretResponse = RemoveSecretResponses[keyof RemoveSecretResponses];

export type PutSecretData = {
    body: SecretInput;
    path: {
        /**
         * Secret
         *
         * Name of the secret.
         */
        secret: string;
    };
    query?: never;
    url: '/api/v1/secrets/{secret}';
};

export type PutSecretErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type PutSecretError = PutSecretErrors[keyof PutSecretErrors];

export type PutSecretResponses = {
    /**
     * The secret, without its value.
     */
    200: SecretSeen;
};

export type PutSecretResponse = PutSecretResponses[keyof PutSecretResponses];

export type DeleteSessionData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/session';
};

export type DeleteSessionErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeleteSessionError = DeleteSessionErrors[keyof DeleteSessionErrors];

export type DeleteSessionResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeleteSessionResponse = DeleteSessionResponses[keyof DeleteSessionResponses];

export type ShowSessionData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/session';
};

export type ShowSessionErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowSessionError = ShowSessionErrors[keyof ShowSessionErrors];

export type ShowSessionResponses = {
    /**
     * The session.
     */
    200: SessionShown;
};

export type ShowSessionResponse = ShowSessionResponses[keyof ShowSessionResponses];

export type CreateTokenData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/session/tokens';
};

export type CreateTokenErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateTokenError = CreateTokenErrors[keyof CreateTokenErrors];

export type CreateTokenResponses = {
    /**
     * The token.
     */
    201: TokenCreated;
};

export type CreateTokenResponse = CreateTokenResponses[keyof CreateTokenResponses];

export type CreateSessionData = {
    body: SessionInput;
    path?: never;
    query?: never;
    url: '/api/v1/sessions';
};

export type CreateSessionErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateSessionError = CreateSessionErrors[keyof CreateSessionErrors];

export type CreateSessionResponses = {
    /**
     * Signed in.
     */
    201: SessionCreated;
    /**
     * Right so far: a code of the account's authenticator app is asked for.
     */
    202: CodeAwaited;
};

export type CreateSessionResponse = CreateSessionResponses[keyof CreateSessionResponses];

export type CreateSessionByCodeData = {
    body: VoucherInput;
    path?: never;
    query?: never;
    url: '/api/v1/sessions/by-code';
};

export type CreateSessionByCodeErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateSessionByCodeError = CreateSessionByCodeErrors[keyof CreateSessionByCodeErrors];

export type CreateSessionByCodeResponses = {
    /**
     * Signed in.
     */
    201: SessionCreated;
};

export type CreateSessionByCodeResponse = CreateSessionByCodeResponses[keyof CreateSessionByCodeResponses];

export type CreateSessionByPasswordData = {
    body: PasswordSignInInput;
    path?: never;
    query?: never;
    url: '/api/v1/sessions/by-password';
};

export type CreateSessionByPasswordErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateSessionByPasswordError = CreateSessionByPasswordErrors[keyof CreateSessionByPasswordErrors];

export type CreateSessionByPasswordResponses = {
    /**
     * Signed in.
     */
    201: SessionCreated;
    /**
     * Right so far: a code of the account's authenticator app is asked for.
     */
    202: CodeAwaited;
};

export type CreateSessionByPasswordResponse = CreateSessionByPasswordResponses[keyof CreateSessionByPasswordResponses];

export type CreateShareTokenData = {
    body: ShareTokenInput;
    path?: never;
    query?: never;
    url: '/api/v1/share-tokens';
};

export type CreateShareTokenErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateShareTokenError = CreateShareTokenErrors[keyof CreateShareTokenErrors];

export type CreateShareTokenResponses = {
    /**
     * The token.
     */
    201: ShareTokenCreated;
};

export type CreateShareTokenResponse = CreateShareTokenResponses[keyof CreateShareTokenResponses];

export type CreateLinkData = {
    /**
     * Wish
     */
    body?: SignInLinkInput | null;
    path?: never;
    query?: never;
    url: '/api/v1/sign-in-links';
};

export type CreateLinkErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateLinkError = CreateLinkErrors[keyof CreateLinkErrors];

export type CreateLinkResponses = {
    /**
     * The link.
     */
    201: HeadwayWebOutputsSignInLink;
};

export type CreateLinkResponse = CreateLinkResponses[keyof CreateLinkResponses];

export type ShowSignInWaysData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/sign-in-ways';
};

export type ShowSignInWaysErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowSignInWaysError = ShowSignInWaysErrors[keyof ShowSignInWaysErrors];

export type ShowSignInWaysResponses = {
    /**
     * The ways.
     */
    200: SignInWays;
};

export type ShowSignInWaysResponse = ShowSignInWaysResponses[keyof ShowSignInWaysResponses];

export type ListSigningKeysData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/signing-keys';
};

export type ListSigningKeysErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListSigningKeysError = ListSigningKeysErrors[keyof ListSigningKeysErrors];

export type ListSigningKeysResponses = {
    /**
     * Signing keys.
     */
    200: SigningKeyPage;
};

export type ListSigningKeysResponse = ListSigningKeysResponses[keyof ListSigningKeysResponses];

export type RotateSigningKeysData = {
    /**
     * Wish
     */
    body?: RotateKeysInput | null;
    path?: never;
    query?: never;
    url: '/api/v1/signing-keys';
};

export type RotateSigningKeysErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RotateSigningKeysError = RotateSigningKeysErrors[keyof RotateSigningKeysErrors];

export type RotateSigningKeysResponses = {
    /**
     * The new key, and which have ended.
     */
    201: KeyRotated;
};

export type RotateSigningKeysResponse = RotateSigningKeysResponses[keyof RotateSigningKeysResponses];

export type SumUpData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Project
         *
         * Of one project; of all whose runs you may see without.
         */
        project?: string | null;
        /**
         * Task
         */
        task?: string | null;
        /**
         * User
         *
         * Who started the runs.
         */
        user?: string | null;
        /**
         * From
         *
         * Runs that ended then or later; a day before `to` without.
         */
        from?: string | null;
        /**
         * To
         *
         * Runs that ended before; now without.
         */
        to?: string | null;
        /**
         * Step
         *
         * Also in buckets of this length.
         */
        step?: 'quarter' | 'hour' | '6h' | 'day' | 'week' | null;
        /**
         * Also apart by this.
         */
        by?: GroupBy;
        /**
         * Offset Minutes
         *
         * How far the reader's days are ahead of UTC's.
         */
        offset_minutes?: number;
    };
    url: '/api/v1/statistics';
};

export type SumUpErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type SumUpError = SumUpErrors[keyof SumUpErrors];

export type SumUpResponses = {
    /**
     * How runs went.
     */
    200: SummedUp;
};

export type SumUpResponse = SumUpResponses[keyof SumUpResponses];

export type ListTasksData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Total
         */
        total?: boolean;
    };
    url: '/api/v1/tasks';
};

export type ListTasksErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListTasksError = ListTasksErrors[keyof ListTasksErrors];

export type ListTasksResponses = {
    /**
     * Tasks.
     */
    200: TaskPage;
};

export type ListTasksResponse = ListTasksResponses[keyof ListTasksResponses];

export type ShowTaskData = {
    body?: never;
    path: {
        /**
         * Task
         */
        task: string;
    };
    query?: never;
    url: '/api/v1/tasks/{task}';
};

export type ShowTaskErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowTaskError = ShowTaskErrors[keyof ShowTaskErrors];

export type ShowTaskResponses = {
    /**
     * The task.
     */
    200: Task;
};

export type ShowTaskResponse = ShowTaskResponses[keyof ShowTaskResponses];

export type ShowExpectationData = {
    body?: never;
    path: {
        /**
         * Task
         */
        task: string;
    };
    query?: {
        /**
         * Project
         */
        project?: string;
        /**
         * Parameters
         *
         * A JSON object: runs with like parameters count for more.
         */
        parameters?: string | null;
    };
    url: '/api/v1/tasks/{task}/expectation';
};

export type ShowExpectationErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowExpectationError = ShowExpectationErrors[keyof ShowExpectationErrors];

export type ShowExpectationResponses = {
    /**
     * How long it usually takes.
     */
    200: Expectation;
};

export type ShowExpectationResponse = ShowExpectationResponses[keyof ShowExpectationResponses];

export type ListPresetsData = {
    body?: never;
    path: {
        /**
         * Task
         */
        task: string;
    };
    query?: {
        /**
         * Project
         *
         * Of one project; of all that you may see without.
         */
        project?: string | null;
        /**
         * Limit
         */
        limit?: number;
        /**
         * Cursor
         *
         * `next_cursor` of the page before.
         */
        cursor?: string | null;
    };
    url: '/api/v1/tasks/{task}/presets';
};

export type ListPresetsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListPresetsError = ListPresetsErrors[keyof ListPresetsErrors];

export type ListPresetsResponses = {
    /**
     * Presets.
     */
    200: PresetPage;
};

export type ListPresetsResponse = ListPresetsResponses[keyof ListPresetsResponses];

export type KeepPresetData = {
    body: PresetInput;
    path: {
        /**
         * Task
         */
        task: string;
    };
    query?: never;
    url: '/api/v1/tasks/{task}/presets';
};

export type KeepPresetErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type KeepPresetError = KeepPresetErrors[keyof KeepPresetErrors];

export type KeepPresetResponses = {
    /**
     * The new preset.
     */
    201: CheckedPreset;
};

export type KeepPresetResponse = KeepPresetResponses[keyof KeepPresetResponses];

export type DeletePresetData = {
    body?: never;
    path: {
        /**
         * Task
         */
        task: string;
        /**
         * Preset
         *
         * Id of the preset.
         */
        preset: string;
    };
    query?: never;
    url: '/api/v1/tasks/{task}/presets/{preset}';
};

export type DeletePresetErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DeletePresetError = DeletePresetErrors[keyof DeletePresetErrors];

export type DeletePresetResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type DeletePresetResponse = DeletePresetResponses[keyof DeletePresetResponses];

export type EditPresetData = {
    body: PresetEditInput;
    path: {
        /**
         * Task
         */
        task: string;
        /**
         * Preset
         *
         * Id of the preset.
         */
        preset: string;
    };
    query?: never;
    url: '/api/v1/tasks/{task}/presets/{preset}';
};

export type EditPresetErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type EditPresetError = EditPresetErrors[keyof EditPresetErrors];

export type EditPresetResponses = {
    /**
     * The preset.
     */
    200: CheckedPreset;
};

export type EditPresetResponse = EditPresetResponses[keyof EditPresetResponses];

export type StartManyData = {
    body: StartManyInput;
    path: {
        /**
         * Task
         */
        task: string;
    };
    query?: never;
    url: '/api/v1/tasks/{task}/run-batches';
};

export type StartManyErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type StartManyError = StartManyErrors[keyof StartManyErrors];

export type StartManyResponses = {
    /**
     * The new runs, in the order asked for.
     */
    201: StartedRunPage;
};

export type StartManyResponse = StartManyResponses[keyof StartManyResponses];

export type StartRunData = {
    body: StartInput;
    headers?: {
        /**
         * Idempotency-Key
         *
         * The same key again gives the run that it gave first.
         */
        'idempotency-key'?: string | null;
    };
    path: {
        /**
         * Task
         */
        task: string;
    };
    query?: never;
    url: '/api/v1/tasks/{task}/runs';
};

export type StartRunErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type StartRunError = StartRunErrors[keyof StartRunErrors];

export type StartRunResponses = {
    /**
     * The new run.
     */
    201: Run;
};

export type StartRunResponse = StartRunResponses[keyof StartRunResponses];

export type ShowStatisticsData = {
    body?: never;
    path: {
        /**
         * Task
         */
        task: string;
    };
    query?: {
        /**
         * Project
         *
         * Of one project; of all whose runs you may see without.
         */
        project?: string | null;
        /**
         * Days
         *
         * How far back.
         */
        days?: number;
        /**
         * Offset Minutes
         *
         * How far the reader's days are ahead of UTC's.
         */
        offset_minutes?: number;
    };
    url: '/api/v1/tasks/{task}/statistics';
};

export type ShowStatisticsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowStatisticsError = ShowStatisticsErrors[keyof ShowStatisticsErrors];

export type ShowStatisticsResponses = {
    /**
     * What the past runs say.
     */
    200: TaskStatistics;
};

export type ShowStatisticsResponse = ShowStatisticsResponses[keyof ShowStatisticsResponses];

export type ValidateParametersData = {
    body: ValidationInput;
    path: {
        /**
         * Task
         */
        task: string;
    };
    query?: never;
    url: '/api/v1/tasks/{task}/validations';
};

export type ValidateParametersErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ValidateParametersError = ValidateParametersErrors[keyof ValidateParametersErrors];

export type ValidateParametersResponses = {
    /**
     * What the schema says of them.
     */
    200: Validation;
};

export type ValidateParametersResponse = ValidateParametersResponses[keyof ValidateParametersResponses];

export type CreateTokensData = {
    body: TokenInput;
    path?: never;
    query?: never;
    url: '/api/v1/tokens';
};

export type CreateTokensErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type CreateTokensError = CreateTokensErrors[keyof CreateTokensErrors];

export type CreateTokensResponses = {
    /**
     * A token, and what buys the next.
     */
    201: TokensCreated;
};

export type CreateTokensResponse = CreateTokensResponses[keyof CreateTokensResponses];

export type RefreshTokensData = {
    body: RefreshInput;
    path?: never;
    query?: never;
    url: '/api/v1/tokens/refresh';
};

export type RefreshTokensErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RefreshTokensError = RefreshTokensErrors[keyof RefreshTokensErrors];

export type RefreshTokensResponses = {
    /**
     * A token, and what buys the next.
     */
    201: TokensCreated;
};

export type RefreshTokensResponse = RefreshTokensResponses[keyof RefreshTokensResponses];

export type ListWaitingData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Run
         *
         * Ids of runs; unknown ones are passed over.
         */
        run?: Array<string>;
    };
    url: '/api/v1/waiting';
};

export type ListWaitingErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListWaitingError = ListWaitingErrors[keyof ListWaitingErrors];

export type ListWaitingResponses = {
    /**
     * Why they wait, in the order asked for.
     */
    200: WaitingPage;
};

export type ListWaitingResponse = ListWaitingResponses[keyof ListWaitingResponses];

export type ListWorkersData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Total
         */
        total?: boolean;
    };
    url: '/api/v1/workers';
};

export type ListWorkersErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ListWorkersError = ListWorkersErrors[keyof ListWorkersErrors];

export type ListWorkersResponses = {
    /**
     * Workers.
     */
    200: WorkerPage;
};

export type ListWorkersResponse = ListWorkersResponses[keyof ListWorkersResponses];

export type OpenWorkerData = {
    body: RemoteInput;
    path?: never;
    query?: never;
    url: '/api/v1/workers';
};

export type OpenWorkerErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type OpenWorkerError = OpenWorkerErrors[keyof OpenWorkerErrors];

export type OpenWorkerResponses = {
    /**
     * The worker's id.
     */
    201: RemoteSeen;
};

export type OpenWorkerResponse = OpenWorkerResponses[keyof OpenWorkerResponses];

export type ShowWorkerData = {
    body?: never;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: never;
    url: '/api/v1/workers/{worker}';
};

export type ShowWorkerErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ShowWorkerError = ShowWorkerErrors[keyof ShowWorkerErrors];

export type ShowWorkerResponses = {
    /**
     * The worker with its runs.
     */
    200: WorkerDetail;
};

export type ShowWorkerResponse = ShowWorkerResponses[keyof ShowWorkerResponses];

export type RegisterTasksData = {
    body: CatalogueInput;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: never;
    url: '/api/v1/workers/{worker}/catalogue';
};

export type RegisterTasksErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RegisterTasksError = RegisterTasksErrors[keyof RegisterTasksErrors];

export type RegisterTasksResponses = {
    /**
     * Response 200 Registertasks
     *
     * How many tasks were new or changed.
     */
    200: {
        [key: string]: number;
    };
};

export type RegisterTasksResponse = RegisterTasksResponses[keyof RegisterTasksResponses];

export type DrainWorkerData = {
    /**
     * Wish
     */
    body?: LeaveInput | null;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: never;
    url: '/api/v1/workers/{worker}/drain';
};

export type DrainWorkerErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type DrainWorkerError = DrainWorkerErrors[keyof DrainWorkerErrors];

export type DrainWorkerResponses = {
    /**
     * It is asked; the worker hears it within seconds.
     */
    202: WorkerSeen;
};

export type DrainWorkerResponse = DrainWorkerResponses[keyof DrainWorkerResponses];

export type KeepWorkerFileData = {
    body: Blob | File;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: never;
    url: '/api/v1/workers/{worker}/files';
};

export type KeepWorkerFileErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type KeepWorkerFileError = KeepWorkerFileErrors[keyof KeepWorkerFileErrors];

export type KeepWorkerFileResponses = {
    /**
     * It is kept.
     */
    201: FileSeen;
};

export type KeepWorkerFileResponse = KeepWorkerFileResponses[keyof KeepWorkerFileResponses];

export type AskForKinData = {
    body: KinInput;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: never;
    url: '/api/v1/workers/{worker}/kin';
};

export type AskForKinErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type AskForKinError = AskForKinErrors[keyof AskForKinErrors];

export type AskForKinResponses = {
    /**
     * Those that have ended.
     */
    200: KinSeen;
};

export type AskForKinResponse = AskForKinResponses[keyof AskForKinResponses];

export type WaitForNewsData = {
    body?: never;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: {
        /**
         * Wait
         */
        wait?: number;
        /**
         * Queue
         */
        queue?: Array<string>;
        /**
         * Known
         */
        known?: Array<string>;
    };
    url: '/api/v1/workers/{worker}/news';
};

export type WaitForNewsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type WaitForNewsError = WaitForNewsErrors[keyof WaitForNewsErrors];

export type WaitForNewsResponses = {
    /**
     * What there is.
     */
    200: NewsSeen;
};

export type WaitForNewsResponse = WaitForNewsResponses[keyof WaitForNewsResponses];

export type ReceiveParcelsData = {
    body: ParcelsInput;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: never;
    url: '/api/v1/workers/{worker}/parcels';
};

export type ReceiveParcelsErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type ReceiveParcelsError = ReceiveParcelsErrors[keyof ReceiveParcelsErrors];

export type ReceiveParcelsResponses = {
    /**
     * One answer a parcel.
     */
    200: ParcelsSeen;
};

export type ReceiveParcelsResponse = ReceiveParcelsResponses[keyof ReceiveParcelsResponses];

export type LeaveWorkerData = {
    body?: never;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: never;
    url: '/api/v1/workers/{worker}/presence';
};

export type LeaveWorkerErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type LeaveWorkerError = LeaveWorkerErrors[keyof LeaveWorkerErrors];

export type LeaveWorkerResponses = {
    /**
     * Successful Response
     */
    204: void;
};

export type LeaveWorkerResponse = LeaveWorkerResponses[keyof LeaveWorkerResponses];

export type AttendWorkerData = {
    body: PresenceInput;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: never;
    url: '/api/v1/workers/{worker}/presence';
};

export type AttendWorkerErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type AttendWorkerError = AttendWorkerErrors[keyof AttendWorkerErrors];

export type AttendWorkerResponses = {
    /**
     * What is still held, and wanted.
     */
    200: Attended;
};

export type AttendWorkerResponse = AttendWorkerResponses[keyof AttendWorkerResponses];

export type RestartWorkerData = {
    /**
     * Wish
     */
    body?: LeaveInput | null;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: never;
    url: '/api/v1/workers/{worker}/restart';
};

export type RestartWorkerErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type RestartWorkerError = RestartWorkerErrors[keyof RestartWorkerErrors];

export type RestartWorkerResponses = {
    /**
     * It is asked; the worker hears it within seconds.
     */
    202: WorkerSeen;
};

export type RestartWorkerResponse = RestartWorkerResponses[keyof RestartWorkerResponses];

export type TakeWorkerTurnData = {
    body: TurnInput;
    path: {
        /**
         * Worker
         */
        worker: string;
    };
    query?: never;
    url: '/api/v1/workers/{worker}/turns';
};

export type TakeWorkerTurnErrors = {
    /**
     * What went wrong; `docs/reference/errors.md` lists the codes.
     */
    default: Problem;
};

export type TakeWorkerTurnError = TakeWorkerTurnErrors[keyof TakeWorkerTurnErrors];

export type TakeWorkerTurnResponses = {
    /**
     * What became of the runs, and new ones.
     */
    200: TurnSeen;
};

export type TakeWorkerTurnResponse = TakeWorkerTurnResponses[keyof TakeWorkerTurnResponses];
