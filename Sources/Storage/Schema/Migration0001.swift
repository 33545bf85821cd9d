/// The tables of the loop, from sample to deployment. Never edited once released: what changes gets a migration of its own.
extension Migration {
  static let m0001 = Migration(
    version: 1, name: "initial",
    sql: """
      -- One watched model in production. Everything else hangs on it.
      CREATE TABLE vigil.deployment (
        name text PRIMARY KEY CHECK (name <> ''),
        configuration jsonb,
        created_at timestamptz NOT NULL DEFAULT now()
      );

      -- Sample ----------------------------------------------------------------------------------------------------------------------------------

      -- Up to where the source has been read: stored in the transaction that stores what was read.
      CREATE TABLE vigil.source_position (
        deployment text PRIMARY KEY REFERENCES vigil.deployment,
        snapshot text,
        seen text,
        lower_bound timestamptz NOT NULL,
        system_identifier text NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE vigil.sample (
        deployment text NOT NULL REFERENCES vigil.deployment,
        key text NOT NULL,
        event_time timestamptz NOT NULL,
        input text NOT NULL,
        columns jsonb NOT NULL CHECK (jsonb_typeof(columns) = 'object'),
        production_answer text,
        stratum text NOT NULL,
        inclusion_probability double precision NOT NULL CHECK (inclusion_probability > 0 AND inclusion_probability <= 1),
        label text,
        labelled_at timestamptz,
        PRIMARY KEY (deployment, key),
        CHECK ((label IS NULL) = (labelled_at IS NULL))
      );
      CREATE INDEX sample_time ON vigil.sample (deployment, event_time);
      CREATE INDEX sample_labelled ON vigil.sample (deployment, labelled_at) WHERE label IS NOT NULL;
      CREATE INDEX sample_unlabelled ON vigil.sample (deployment, event_time) WHERE label IS NULL;

      -- Seen = sampled + the skipped of every reason, in each slot.
      CREATE TABLE vigil.sample_count (
        deployment text NOT NULL REFERENCES vigil.deployment,
        slot timestamptz NOT NULL,
        reason text NOT NULL CHECK (reason <> ''),
        count bigint NOT NULL CHECK (count >= 0),
        PRIMARY KEY (deployment, slot, reason)
      );

      -- Deploy ----------------------------------------------------------------------------------------------------------------------------------

      CREATE TABLE vigil.model (
        deployment text NOT NULL REFERENCES vigil.deployment,
        id text NOT NULL CHECK (id <> ''),
        base_path text NOT NULL,
        base_digest text NOT NULL,
        adapter_path text,
        adapter_digest text,
        dataset text,
        run text,
        status text NOT NULL CHECK (status IN ('challenger', 'champion', 'refused', 'retired')),
        created_at timestamptz NOT NULL,
        promoted_at timestamptz,
        PRIMARY KEY (deployment, id),
        CHECK ((adapter_path IS NULL) = (adapter_digest IS NULL))
      );
      CREATE UNIQUE INDEX model_one_champion ON vigil.model (deployment) WHERE status = 'champion';

      -- Which model answers now.
      CREATE TABLE vigil.champion (
        deployment text PRIMARY KEY REFERENCES vigil.deployment,
        model text NOT NULL,
        since timestamptz NOT NULL,
        decision text,
        sequence bigint NOT NULL CHECK (sequence > 0),
        FOREIGN KEY (deployment, model) REFERENCES vigil.model
      );

      -- Every change of champion, appended.
      CREATE TABLE vigil.promotion (
        deployment text NOT NULL REFERENCES vigil.deployment,
        sequence bigint NOT NULL CHECK (sequence > 0),
        model text NOT NULL,
        previous text,
        at timestamptz NOT NULL,
        decision text,
        actor text NOT NULL,
        reason text NOT NULL,
        PRIMARY KEY (deployment, sequence),
        FOREIGN KEY (deployment, model) REFERENCES vigil.model
      );

      -- Predict ---------------------------------------------------------------------------------------------------------------------------------

      CREATE TABLE vigil.prediction (
        deployment text NOT NULL,
        key text NOT NULL,
        model text NOT NULL,
        answer text,
        probabilities double precision[] NOT NULL,
        log_probability double precision NOT NULL,
        input_surprisal double precision,
        tokens integer NOT NULL CHECK (tokens >= 0),
        -- Float32, little endian, one after the other.
        embedding bytea NOT NULL CHECK (octet_length(embedding) % 4 = 0),
        failure text,
        PRIMARY KEY (deployment, key, model),
        FOREIGN KEY (deployment, key) REFERENCES vigil.sample ON DELETE CASCADE,
        FOREIGN KEY (deployment, model) REFERENCES vigil.model,
        CHECK (answer IS NOT NULL OR failure IS NOT NULL)
      );

      -- Measure ---------------------------------------------------------------------------------------------------------------------------------

      -- What windows are compared with; never changed once sealed.
      CREATE TABLE vigil.reference (
        id text PRIMARY KEY CHECK (id <> ''),
        deployment text NOT NULL REFERENCES vigil.deployment,
        purpose text NOT NULL CHECK (purpose <> ''),
        model text NOT NULL,
        window_start timestamptz NOT NULL,
        window_end timestamptz NOT NULL,
        sealed_at timestamptz NOT NULL,
        rows bigint NOT NULL CHECK (rows >= 0),
        digest text NOT NULL,
        CHECK (window_start < window_end)
      );
      CREATE INDEX reference_deployment ON vigil.reference (deployment, purpose, sealed_at);

      -- The rows as they were when the reference was sealed, labels included.
      CREATE TABLE vigil.reference_sample (
        reference text NOT NULL REFERENCES vigil.reference ON DELETE CASCADE,
        key text NOT NULL,
        event_time timestamptz NOT NULL,
        input text NOT NULL,
        columns jsonb NOT NULL,
        production_answer text,
        stratum text NOT NULL,
        inclusion_probability double precision NOT NULL,
        label text,
        labelled_at timestamptz,
        PRIMARY KEY (reference, key)
      );

      -- A measure's value on the reference.
      CREATE TABLE vigil.baseline (
        deployment text NOT NULL REFERENCES vigil.deployment,
        model text NOT NULL,
        measure text NOT NULL,
        slice text NOT NULL,
        -- The slice again, as name and value.
        labels jsonb NOT NULL,
        signature text NOT NULL,
        value double precision NOT NULL,
        n bigint NOT NULL CHECK (n >= 0),
        at timestamptz NOT NULL,
        PRIMARY KEY (deployment, model, measure, slice, signature)
      );

      -- One turn of the monitoring cycle; a slot is done once.
      CREATE TABLE vigil.cycle (
        deployment text NOT NULL REFERENCES vigil.deployment,
        slot timestamptz NOT NULL,
        finished_at timestamptz NOT NULL,
        counts jsonb NOT NULL,
        PRIMARY KEY (deployment, slot)
      );

      CREATE TABLE vigil.measurement (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        deployment text NOT NULL REFERENCES vigil.deployment,
        slot timestamptz NOT NULL,
        measure text NOT NULL CHECK (measure <> ''),
        slice text NOT NULL,
        -- Empty for measures of inputs alone.
        model text NOT NULL,
        window_start timestamptz NOT NULL,
        window_end timestamptz NOT NULL,
        value double precision,
        lower double precision,
        upper double precision,
        n bigint NOT NULL CHECK (n >= 0),
        verdict text NOT NULL CHECK (verdict IN ('changed', 'unchanged', 'insufficient')),
        signature text NOT NULL,
        body jsonb NOT NULL,
        UNIQUE (deployment, slot, measure, slice, model)
      );
      CREATE INDEX measurement_series ON vigil.measurement (deployment, measure, slice, slot);

      -- Judge and alert -------------------------------------------------------------------------------------------------------------------------

      CREATE TABLE vigil.alert (
        fingerprint text PRIMARY KEY CHECK (fingerprint <> ''),
        deployment text NOT NULL REFERENCES vigil.deployment,
        rule text NOT NULL,
        measure text NOT NULL,
        slice text NOT NULL,
        severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
        state text NOT NULL CHECK (state IN ('inactive', 'pending', 'firing', 'resolved')),
        sequence integer NOT NULL CHECK (sequence >= 0),
        last_evaluated_at timestamptz NOT NULL,
        body jsonb NOT NULL
      );
      CREATE INDEX alert_deployment ON vigil.alert (deployment, state);

      CREATE TABLE vigil.alert_transition (
        fingerprint text NOT NULL REFERENCES vigil.alert,
        sequence integer NOT NULL CHECK (sequence > 0),
        from_state text NOT NULL CHECK (from_state IN ('inactive', 'pending', 'firing', 'resolved')),
        to_state text NOT NULL CHECK (to_state IN ('inactive', 'pending', 'firing', 'resolved')),
        at timestamptz NOT NULL,
        reason text NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (fingerprint, sequence)
      );
      CREATE INDEX alert_transition_at ON vigil.alert_transition (at);

      -- Messages to the world, written with the state change that causes them, delivered later, at least once.
      CREATE TABLE vigil.outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        receiver text NOT NULL CHECK (receiver <> ''),
        -- The receiver's means to know a repetition.
        idempotency_key text NOT NULL UNIQUE,
        fingerprint text NOT NULL,
        sequence integer NOT NULL,
        payload jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
        next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        token uuid,
        leased_by text,
        leased_until timestamptz,
        delivered_at timestamptz,
        dead_at timestamptz,
        last_status integer,
        last_error text,
        CHECK (delivered_at IS NULL OR dead_at IS NULL),
        CHECK ((token IS NULL) = (leased_until IS NULL) AND (token IS NULL) = (leased_by IS NULL)),
        CHECK (token IS NULL OR (delivered_at IS NULL AND dead_at IS NULL))
      );
      CREATE INDEX outbox_waiting ON vigil.outbox (receiver, fingerprint, sequence, id) WHERE delivered_at IS NULL AND dead_at IS NULL;

      -- Jobs: rows with leases; a worker that lost its lease cannot write -----------------------------------------------------------------------

      CREATE TABLE vigil.job (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL CHECK (kind <> ''),
        deployment text,
        arguments jsonb NOT NULL,
        state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'retry', 'done', 'failed', 'cancelled')),
        -- Smaller is sooner.
        priority smallint NOT NULL,
        run_at timestamptz NOT NULL,
        attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
        attempts_max integer NOT NULL CHECK (attempts_max > 0),
        -- Times that its process died under it; these do not count as attempts.
        interruptions integer NOT NULL DEFAULT 0 CHECK (interruptions >= 0),
        unique_key text,
        lease_token uuid,
        leased_by text,
        leased_until timestamptz,
        cancel_requested_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        started_at timestamptz,
        finished_at timestamptz,
        progress jsonb,
        result jsonb,
        errors jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(errors) = 'array'),
        CHECK ((state = 'running') = (lease_token IS NOT NULL)),
        CHECK ((lease_token IS NULL) = (leased_until IS NULL) AND (lease_token IS NULL) = (leased_by IS NULL)),
        CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
      );
      -- One live job for one purpose.
      CREATE UNIQUE INDEX job_unique ON vigil.job (kind, unique_key) WHERE unique_key IS NOT NULL AND state IN ('queued', 'running', 'retry');
      CREATE INDEX job_waiting ON vigil.job (priority, run_at, id) WHERE state IN ('queued', 'retry');
      CREATE INDEX job_leased ON vigil.job (leased_until) WHERE state = 'running';

      -- Retrain and gate ------------------------------------------------------------------------------------------------------------------------

      CREATE TABLE vigil.dataset (
        id text PRIMARY KEY CHECK (id <> ''),
        deployment text NOT NULL REFERENCES vigil.deployment,
        path text NOT NULL,
        digest text NOT NULL,
        rows bigint NOT NULL CHECK (rows >= 0),
        created_at timestamptz NOT NULL,
        -- Counts, audit and lineage.
        body jsonb NOT NULL
      );
      CREATE INDEX dataset_deployment ON vigil.dataset (deployment, created_at);

      CREATE TABLE vigil.run (
        id text PRIMARY KEY CHECK (id <> ''),
        deployment text NOT NULL REFERENCES vigil.deployment,
        dataset text REFERENCES vigil.dataset,
        base text NOT NULL,
        configuration jsonb NOT NULL,
        seed bigint NOT NULL,
        job bigint REFERENCES vigil.job,
        path text NOT NULL,
        status text NOT NULL CHECK (status IN ('running', 'done', 'failed', 'cancelled')),
        started_at timestamptz NOT NULL,
        finished_at timestamptz,
        result jsonb,
        CHECK ((status = 'running') = (finished_at IS NULL))
      );
      CREATE INDEX run_deployment ON vigil.run (deployment, started_at);

      CREATE TABLE vigil.gate_decision (
        id text PRIMARY KEY CHECK (id <> ''),
        deployment text NOT NULL REFERENCES vigil.deployment,
        champion text NOT NULL,
        challenger text NOT NULL,
        promoted boolean NOT NULL,
        summary text NOT NULL,
        checks jsonb NOT NULL CHECK (jsonb_typeof(checks) = 'array'),
        decided_at timestamptz NOT NULL
      );
      CREATE INDEX gate_decision_deployment ON vigil.gate_decision (deployment, decided_at);

      -- One model over one suite; the items are kept for paired comparison.
      CREATE TABLE vigil.suite_run (
        id text PRIMARY KEY CHECK (id <> ''),
        deployment text NOT NULL REFERENCES vigil.deployment,
        suite text NOT NULL,
        suite_digest text NOT NULL,
        model text NOT NULL,
        at timestamptz NOT NULL,
        n bigint NOT NULL CHECK (n >= 0),
        metrics jsonb NOT NULL
      );
      CREATE INDEX suite_run_suite ON vigil.suite_run (deployment, suite, at);

      CREATE TABLE vigil.suite_item (
        run text NOT NULL REFERENCES vigil.suite_run ON DELETE CASCADE,
        item text NOT NULL,
        expected text,
        answer text,
        correct boolean,
        score double precision,
        failure text,
        PRIMARY KEY (run, item)
      );

      -- For people ------------------------------------------------------------------------------------------------------------------------------

      CREATE TABLE vigil.report (
        id text PRIMARY KEY CHECK (id <> ''),
        deployment text NOT NULL REFERENCES vigil.deployment,
        kind text NOT NULL,
        title text NOT NULL,
        -- The alert it is about, if it is about one.
        fingerprint text,
        sequence integer,
        path text NOT NULL,
        digest text NOT NULL,
        created_at timestamptz NOT NULL
      );
      CREATE INDEX report_deployment ON vigil.report (deployment, created_at);

      -- Who did what, appended.
      CREATE TABLE vigil.event (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        deployment text,
        actor text NOT NULL CHECK (actor <> ''),
        what text NOT NULL CHECK (what <> ''),
        detail jsonb NOT NULL
      );
      CREATE INDEX event_at ON vigil.event (at);
      """)
}
