/// The queue's protocol. `$1` is the id and `$2` the token in all that a worker writes.
enum JobSQL {
  /// How often a job's process may die under it.
  static let interruptionsMax = 50

  static let list = """
    SELECT * FROM vigil.job
    WHERE state = ANY ($1::text[]) AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR deployment = $3)
    ORDER BY id DESC LIMIT $4
    """

  static let enqueue = """
    WITH job AS (
      INSERT INTO vigil.job (kind, deployment, arguments, unique_key, priority, run_at, attempts_max)
      VALUES ($1, $2, $3, $4, $5, coalesce($6, clock_timestamp()), $7)
      ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL AND state IN ('queued', 'running', 'retry') DO NOTHING
      RETURNING id, kind
    )
    SELECT id, pg_notify('vigil_job', kind) FROM job
    """

  static let live = """
    SELECT id FROM vigil.job WHERE kind = $1 AND unique_key = $2 AND state IN ('queued', 'running', 'retry')
    """

  static let cancel = """
    UPDATE vigil.job SET
      cancel_requested_at = coalesce(cancel_requested_at, CASE WHEN state IN ('queued', 'running', 'retry') THEN clock_timestamp() END),
      finished_at = CASE WHEN state IN ('queued', 'retry') THEN clock_timestamp() ELSE finished_at END,
      state = CASE WHEN state IN ('queued', 'retry') THEN 'cancelled' ELSE state END
    WHERE id = $1
    RETURNING state
    """

  static let retry = """
    UPDATE vigil.job j SET
      state = 'queued', attempt = 0, interruptions = 0, run_at = clock_timestamp(), finished_at = NULL, cancel_requested_at = NULL, result = NULL
    WHERE id = $1 AND state IN ('failed', 'cancelled')
      AND NOT EXISTS (
        SELECT FROM vigil.job o
        WHERE o.kind = j.kind AND o.unique_key = j.unique_key AND o.id <> j.id AND o.state IN ('queued', 'running', 'retry'))
    """

  static let claim = """
    WITH due AS (
      SELECT id FROM vigil.job
      WHERE state IN ('queued', 'retry') AND kind = ANY ($1::text[]) AND run_at <= clock_timestamp()
      ORDER BY priority, run_at, id LIMIT $2
      FOR UPDATE SKIP LOCKED
    )
    UPDATE vigil.job j SET
      state = 'running', attempt = attempt + 1, lease_token = gen_random_uuid(), leased_by = $3,
      leased_until = clock_timestamp() + make_interval(secs => $4), started_at = coalesce(started_at, clock_timestamp())
    FROM due WHERE j.id = due.id
    RETURNING j.*
    """

  static let renew = """
    UPDATE vigil.job SET leased_until = clock_timestamp() + make_interval(secs => $3), progress = coalesce($4, progress)
    WHERE id = $1 AND lease_token = $2
    RETURNING cancel_requested_at
    """

  static let hold = "SELECT FROM vigil.job WHERE id = $1 AND lease_token = $2 FOR UPDATE"

  private static let noLease = "lease_token = NULL, leased_by = NULL, leased_until = NULL"

  static let complete = """
    UPDATE vigil.job SET state = 'done', result = $3, finished_at = clock_timestamp(), \(noLease) WHERE id = $1 AND lease_token = $2
    """

  static let fail = """
    UPDATE vigil.job j SET
      state = n.state, \(noLease),
      run_at = CASE WHEN n.state = 'retry' THEN clock_timestamp() + make_interval(secs => $4) ELSE run_at END,
      finished_at = CASE WHEN n.state = 'retry' THEN NULL ELSE clock_timestamp() END,
      errors = errors || jsonb_build_array(\(error("$3::text")))
    FROM (
      SELECT id, CASE
        WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' WHEN $4::float8 IS NULL OR attempt >= attempts_max THEN 'failed' ELSE 'retry'
      END AS state FROM vigil.job WHERE id = $1 AND lease_token = $2 FOR UPDATE
    ) n
    WHERE j.id = n.id
    RETURNING j.state
    """

  static let cancelled = """
    UPDATE vigil.job SET state = 'cancelled', finished_at = clock_timestamp(), \(noLease) WHERE id = $1 AND lease_token = $2
    """

  static let release = """
    UPDATE vigil.job SET
      state = CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE 'queued' END,
      finished_at = CASE WHEN cancel_requested_at IS NOT NULL THEN clock_timestamp() END, attempt = attempt - 1, \(noLease)
    WHERE id = $1 AND lease_token = $2
    """

  // An outage of hours would fill the list with one sentence, so the same error is noted once.
  static let postpone = """
    UPDATE vigil.job j SET
      state = CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE 'retry' END,
      finished_at = CASE WHEN cancel_requested_at IS NOT NULL THEN clock_timestamp() END,
      run_at = clock_timestamp() + make_interval(secs => $4), attempt = attempt - 1,
      errors = CASE WHEN errors -> -1 ->> 'error' = $3 OR jsonb_array_length(errors) >= \(postponementsNoted) THEN errors
        ELSE errors || jsonb_build_array(\(error("$3::text"))) END, \(noLease)
    WHERE id = $1 AND lease_token = $2
    """

  /// Different errors that postponements leave behind at most.
  private static let postponementsNoted = 50

  static let recover = """
    UPDATE vigil.job j SET
      state = n.state, \(noLease), attempt = attempt - 1, interruptions = interruptions + 1,
      finished_at = CASE WHEN n.state = 'queued' THEN NULL ELSE clock_timestamp() END,
      errors = CASE WHEN n.state = 'failed' THEN errors || jsonb_build_array(\(error("'its process died under it too often'::text"))) ELSE errors END
    FROM (
      SELECT id, CASE
        WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' WHEN interruptions + 1 >= $2 THEN 'failed' ELSE 'queued'
      END AS state FROM vigil.job WHERE state = 'running' AND leased_by = $1 FOR UPDATE
    ) n
    WHERE j.id = n.id
    RETURNING j.id
    """

  // The lease is looked at again under the row's lock: a worker that renewed in between keeps its job.
  static let rescue = """
    UPDATE vigil.job j SET
      state = n.state, \(noLease),
      run_at = clock_timestamp(),
      finished_at = CASE WHEN n.state = 'retry' THEN NULL ELSE clock_timestamp() END,
      errors = errors || jsonb_build_array(\(error("'the lease ended without a word from ' || n.leased_by")))
    FROM (
      SELECT id, leased_by, CASE
        WHEN cancel_requested_at IS NOT NULL THEN 'cancelled' WHEN attempt >= attempts_max THEN 'failed' ELSE 'retry'
      END AS state FROM vigil.job WHERE state = 'running' AND leased_until < clock_timestamp() FOR UPDATE SKIP LOCKED
    ) n
    WHERE j.id = n.id
    RETURNING j.id
    """

  /// One element of `errors`; the time is spelt as the records spell it.
  private static func error(_ text: String) -> String {
    """
    jsonb_build_object('at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'attempt', j.attempt, 'error', \(text))
    """
  }
}
