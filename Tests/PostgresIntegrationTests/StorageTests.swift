import Foundation
import Postgres
import Records
import Storage
import TestSupport
import Testing

@Suite struct StorageTests {
  private let all = Window(start: hour(-1000), end: hour(1000))

  @Test func `samples come back as they went, and are stored once`() async throws {
    let state = try await stateDatabase()
    let samples = [
      Sample.example(1, input: "NUL \0 and emoji 🛎"), .example(2, label: "refund"), .example(3, input: String(repeating: "x", count: 200_000)),
    ]
    try await state.transaction { tx async throws in
      #expect(try await tx.samples.insert(samples) == ["k1", "k2", "k3"])
      #expect(try await tx.samples.insert(samples + [.example(4)]) == ["k4"])
    }
    try await state.read { tx async throws in
      var expected = samples + [.example(4)]
      expected[0].input = "NUL \u{FFFD} and emoji 🛎"
      #expect(try await tx.samples.window("routing", all) == expected)
      #expect(try await tx.samples.window("routing", Window(start: hour(2), end: hour(3))).map(\.key) == ["k2"])
      #expect(try await tx.samples.window("routing", all, limit: 2).map(\.key) == ["k3", "k4"])
      #expect(try await tx.samples.window("routing", all, labels: .labelled).map(\.key) == ["k2"])
      #expect(try await tx.samples.count("routing", labels: .unlabelled) == 3)
      #expect(try await tx.samples.existing("routing", keys: ["k1", "k9"]) == ["k1"])
      #expect(try await tx.samples.latest("routing") == hour(4))
    }
  }

  @Test func `labels arrive, are corrected, and keep the time they were first seen`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      try await tx.samples.insert((1...3).map { .example($0) })
      #expect(try await tx.samples.unlabelledKeys("routing") == ["k1", "k2", "k3"])
      #expect(try await tx.samples.unlabelledKeys("routing", since: hour(2), limit: 1) == ["k2"])
      #expect(try await tx.samples.setLabels("routing", ["k1": "a", "k2": "b", "gone": "c"], at: hour(50)) == 2)
      #expect(try await tx.samples.setLabels("routing", ["k1": "a", "k2": "B"], at: hour(60)) == 1)
      let sample = try await tx.samples.find("routing", key: "k2")
      #expect(sample?.label == "B" && sample?.labelledAt == hour(50))
      #expect(try await tx.samples.window("routing", Window(start: hour(49), end: hour(51)), clock: .labelled).map(\.key) == ["k1", "k2"])
      #expect(try await tx.samples.unlabelledKeys("routing") == ["k3"])
    }
  }

  @Test func `predictions come back to the bit, joined with their samples`() async throws {
    let state = try await stateDatabase()
    var failed = Prediction.example(3)
    failed.answer = nil
    failed.failure = "the prompt has 2000 tokens, the model reads 1024"
    failed.probabilities = []
    failed.embedding = []
    failed.logProbability = -.infinity
    let predictions = [Prediction.example(1), .example(2), failed]
    try await state.transaction { tx async throws in
      try await tx.models.register(.example("m2"))
      try await tx.samples.insert((1...4).map { .example($0) })
      #expect(try await tx.predictions.insert(predictions, deployment: "routing") == 3)
      #expect(try await tx.predictions.insert(predictions + [.example(1, model: "m2")], deployment: "routing") == 1)
    }
    try await state.read { tx async throws in
      let observations = try await tx.predictions.observations("routing", model: "m1", all)
      #expect(observations == zip(1...3, predictions).map { Observation(sample: .example($0), prediction: $1) })
      #expect(try await tx.predictions.missing("routing", model: "m1").map(\.key) == ["k4"])
      #expect(try await tx.predictions.missing("routing", model: "m2", Window(start: hour(0), end: hour(3))).map(\.key) == ["k2"])
      #expect(try await tx.predictions.find("routing", model: "m2", keys: ["k1", "k2"]) == [.example(1, model: "m2")])
    }
  }

  @Test func `a prediction of an unknown model or sample is refused by the schema`() async throws {
    let state = try await stateDatabase()
    for prediction in [Prediction.example(1, model: "nobody"), .example(9)] {
      await #expect {
        try await state.transaction { tx async throws in
          try await tx.samples.insert([.example(1)])
          try await tx.predictions.insert([prediction], deployment: "routing")
        }
      } throws: { ($0 as? PostgresError)?.sqlstate == SQLState.foreignKeyViolation }
    }
    #expect(try await state.read { try await $0.samples.count("routing") } == 0)
  }

  @Test func `what was seen is sampled or skipped for a reason`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      try await tx.sampleCounts.add(
        SampleCounts(seen: 10, sampled: 3, skipped: [.notDrawn: 6, .emptyInput: 1]), deployment: "routing", slot: hour(1))
      try await tx.sampleCounts.add(SampleCounts(seen: 2, sampled: 1, skipped: [.notDrawn: 1]), deployment: "routing", slot: hour(1))
      try await tx.sampleCounts.add(SampleCounts(seen: 1, sampled: 1), deployment: "routing", slot: hour(2))
      try await tx.sampleCounts.add(SampleCounts(), deployment: "routing", slot: hour(3))
      #expect(try await tx.sampleCounts.totals("routing") == SampleCounts(seen: 13, sampled: 5, skipped: [.notDrawn: 7, .emptyInput: 1]))
      #expect(try await tx.sampleCounts.totals("routing", Window(start: hour(2), end: hour(3))) == SampleCounts(seen: 1, sampled: 1))
    }
  }

  @Test func `a position is stored with what was read, or not at all`() async throws {
    struct Crash: Error {}
    let state = try await stateDatabase()
    let position = SourcePosition(
      snapshot: "10:20:11,12", lowerBound: Date(timeIntervalSinceReferenceDate: 790_000_000.123456), systemIdentifier: "1/1/5")
    try await state.transaction { try await $0.sourcePositions.store(position, deployment: "routing") }
    await #expect(throws: Crash.self) {
      try await state.transaction { tx async throws in
        try await tx.samples.insert([.example(1)])
        try await tx.sourcePositions.store(SourcePosition(snapshot: nil, lowerBound: hour(0), systemIdentifier: "x"), deployment: "routing")
        throw Crash()
      }
    }
    try await state.read { tx async throws in
      let loaded = try #require(try await tx.sourcePositions.load("routing"))
      #expect(loaded.snapshot == position.snapshot && loaded.seen == position.seen && loaded.systemIdentifier == "1/1/5")
      #expect(abs(loaded.lowerBound.timeIntervalSince(position.lowerBound)) < 1e-6)
      #expect(try await tx.samples.count("routing") == 0)
    }
  }

  @Test func `promotion and rollback keep exactly one champion and all of the history`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      try await tx.models.register(.example("m2", at: hour(1)))
      #expect(try await tx.models.champion("routing") == nil)
      try await tx.models.promote("routing", "m1", expecting: nil, actor: "configuration", reason: "first", at: hour(2))
      try await tx.models.promote("routing", "m2", expecting: "m1", decision: "g1", actor: "gate", reason: "better", at: hour(3))
      // Asked for again by a step that is repeated: nothing more happens.
      let again = try await tx.models.promote("routing", "m2", expecting: "m1", decision: "g1", actor: "gate", reason: "better", at: hour(4))
      #expect(again.sequence == 2 && again.since == hour(3) && again.decision == "g1")
    }
    await #expect(throws: ChampionChanged(deployment: "routing", expected: "m7", found: "m2")) {
      try await state.transaction { try await $0.models.promote("routing", "m1", expecting: "m7", actor: "gate", reason: "stale", at: hour(5)) }
    }
    await #expect(throws: UnknownModel(deployment: "routing", model: "m9")) {
      try await state.transaction { try await $0.models.promote("routing", "m9", expecting: "m2", actor: "gate", reason: "?", at: hour(5)) }
    }
    try await state.transaction { tx async throws in
      try await tx.models.promote("routing", "m1", expecting: "m2", actor: "operator", reason: "rollback", at: hour(6))
      #expect(try await tx.models.champion("routing")?.model.id == "m1")
      #expect(try await tx.models.list("routing", status: .champion).map(\.id) == ["m1"])
      #expect(try await tx.models.find("routing", "m2")?.status == .retired)
      #expect(try await tx.models.promotions("routing").map(\.model) == ["m1", "m2", "m1"])
      #expect(try await tx.models.promotions("routing").map(\.previous) == ["m2", "m1", nil])
    }
  }

  @Test func `a reference does not change when its samples do`() async throws {
    let state = try await stateDatabase()
    let window = Window(start: hour(1), end: hour(4))
    try await state.transaction { tx async throws in
      try await tx.samples.insert((1...5).map { .example($0) })
      try await tx.predictions.insert([.example(2)], deployment: "routing")
      let record = try await tx.references.seal(
        id: "r1", deployment: "routing", purpose: "inputs", model: "m1", window: window, at: hour(10))
      #expect(record.rows == 3 && record.digest.utf8.count == 64)
      try await tx.samples.setLabels("routing", ["k2": "late"], at: hour(11))
      try await tx.samples.insert([.example(3, input: "other")])
      // Sealed once.
      let again = try await tx.references.seal(id: "r1", deployment: "routing", purpose: "inputs", model: "m1", window: all, at: hour(12))
      #expect(again == record)
      #expect(try await tx.references.samples("r1") == (1...3).map { .example($0) })
      #expect(try await tx.references.observations("r1", model: "m1").map(\.sample) == [.example(2)])
      #expect(try await tx.references.missing("r1", model: "m1").map(\.key) == ["k1", "k3"])
      let labelled = try await tx.references.seal(
        id: "r2", deployment: "routing", purpose: "inputs", model: "m1", window: window, labels: .labelled, at: hour(12))
      #expect(labelled.rows == 1 && labelled.digest != record.digest)
      #expect(try await tx.references.latest("routing", purpose: "inputs")?.id == "r2")
      let empty = try await tx.references.seal(
        id: "r3", deployment: "routing", purpose: "quality", model: "m1", window: Window(start: hour(100), end: hour(101)), at: hour(13))
      #expect(empty.rows == 0)
    }
  }

  @Test func `measurements come back as they went, and a slot keeps its first`() async throws {
    let state = try await stateDatabase()
    let window = Window(start: hour(0), end: hour(24))
    let rich = Measurement(
      measure: "bias.accuracy_difference", slice: Slice(["speech": "regional \"a\\b\""]), window: window, value: 0.1 + 0.2, lower: -1e-300, upper: 1,
      n: 512,
      reference: 0.25, referenceN: 9, effect: 3e-17, tolerance: 0.05,
      evidence: Evidence(test: "ks_2samp", statistic: 0.2, pValue: 1e-200, eValue: 20),
      verdict: .changed, detectableEffect: 0.04, rowsNeeded: 3, signature: "s1", model: "m1",
      detail: .histogram(edges: [0, 1.5], reference: [3], current: [4]))
    let poor = Measurement(measure: "drift.input.length", window: window, value: nil, n: 0, verdict: .insufficient, signature: "s2")
    try await state.transaction { tx async throws in
      #expect(try await tx.measurements.insert([rich, poor], deployment: "routing", slot: hour(24)) == 2)
      var other = poor
      other.n = 99
      #expect(try await tx.measurements.insert([rich, other], deployment: "routing", slot: hour(24)) == 0)
      #expect(try await tx.measurements.insert([other], deployment: "routing", slot: hour(25)) == 1)
    }
    try await state.read { tx async throws in
      #expect(try await tx.measurements.slot("routing", hour(24)).map(\.measurement) == [rich, poor])
      #expect(try await tx.measurements.series("routing", measure: "drift.input.length").map(\.measurement.n) == [0, 99])
      #expect(try await tx.measurements.series("routing", measure: rich.measure, slice: rich.slice, model: "m1").count == 1)
      #expect(try await tx.measurements.series("routing", measure: rich.measure, slice: .all).isEmpty)
      #expect(try await tx.measurements.latest("routing").map(\.measurement.n) == [512, 99])
    }
  }

  @Test func `alerts and their steps come back as they went`() async throws {
    let state = try await stateDatabase()
    let measurement = Measurement(
      measure: "performance.accuracy", window: Window(start: hour(0), end: hour(1)), value: 0.8, n: 100, verdict: .changed, signature: "s",
      model: "m1")
    var alert = Alert(
      fingerprint: "f1", deployment: "routing", rule: "accuracy", measure: "performance.accuracy", slice: .all, severity: .critical,
      labels: ["team": "nlp"], annotations: ["summary": "<b>\0"], state: .pending, activeAt: hour(1), lastEvaluatedAt: hour(1),
      measurement: measurement,
      sequence: 1)
    let steps = [
      AlertTransition(
        fingerprint: "f1", sequence: 1, from: .inactive, to: .pending, at: hour(1), reason: "condition holds", measurement: measurement),
      AlertTransition(fingerprint: "f1", sequence: 2, from: .pending, to: .firing, at: hour(2), reason: "held for 1h"),
    ]
    try await state.transaction { tx async throws in
      try await tx.alerts.store([alert])
      #expect(try await tx.alerts.append([steps[0]]) == 1)
      alert.state = .firing
      alert.sequence = 2
      alert.annotations = [:]
      try await tx.alerts.store([alert])
      #expect(try await tx.alerts.append(steps) == 1)
      #expect(try await tx.alerts.lock("routing") == [alert])
    }
    try await state.read { tx async throws in
      #expect(try await tx.alerts.find("f1") == alert)
      #expect(try await tx.alerts.find(prefix: "f") == [alert])
      #expect(try await tx.alerts.list("routing", states: [.firing]) == [alert])
      #expect(try await tx.alerts.list("routing", states: [.pending]).isEmpty)
      #expect(try await tx.alerts.transitions("f1") == steps)
      #expect(try await tx.alerts.transitions(deployment: "routing", Window(start: hour(2), end: hour(3))) == [steps[1]])
    }
  }

  @Test func `datasets, runs, decisions, suites, reports, baselines, cycles and events come back`() async throws {
    let state = try await stateDatabase()
    let dataset = DatasetRecord(
      id: "d1", deployment: "routing", path: "/d", digest: "x", rows: 3, createdAt: hour(1), body: ["kept": 3, "dropped": nil])
    let run = RunRecord(
      id: "r1", deployment: "routing", dataset: "d1", base: "b", configuration: ["learning_rate": 0.0003], seed: 7, path: "/r", startedAt: hour(2))
    let check = GateCheck(
      name: "recent.accuracy", champion: 0.9, challenger: 0.91, difference: 0.01, lower: -0.001, upper: 0.02, n: 800, margin: 0.01, role: "guard",
      passed: true, reason: "not worse", signature: "s")
    let decision = GateDecision(
      id: "g1", deployment: "routing", champion: "m1", challenger: "m2", promoted: false, checks: [check], summary: "refused", decidedAt: hour(3))
    let suite = SuiteRunRecord(
      id: "s1", deployment: "routing", suite: "core", suiteDigest: "x", model: "m1", at: hour(4), n: 2, metrics: ["accuracy": 0.5])
    let items = [
      SuiteItemRecord(item: "1", expected: "a", answer: "a", correct: true, score: 0.75),
      SuiteItemRecord(item: "2", expected: "b", answer: nil, correct: nil, failure: "too long"),
    ]
    let report = ReportRecord(
      id: "p1", deployment: "routing", kind: "alert", title: "t", fingerprint: "f1", sequence: 2, path: "/p", digest: "x", createdAt: hour(5))
    let baseline = Baseline(deployment: "routing", model: "m1", measure: "a", slice: Slice(["x": "y"]), signature: "s", value: 0.5, n: 9, at: hour(6))
    let cycle = CycleRecord(deployment: "routing", slot: hour(7), finishedAt: hour(8), counts: ["rows": 5])
    for _ in 1...2 {
      // Twice: a step that is repeated changes nothing.
      try await state.transaction { tx async throws in
        try await tx.datasets.insert(dataset)
        try await tx.runs.start(run)
        try await tx.runs.finish("r1", .done, result: ["loss": 0.25], at: hour(3))
        try await tx.gateDecisions.insert(decision)
        try await tx.suiteRuns.insert(suite, items: items)
        try await tx.reports.insert(report)
        try await tx.baselines.store([baseline])
      }
    }
    try await state.transaction { tx async throws in
      #expect(try await tx.cycles.finish(cycle))
      #expect(try await !tx.cycles.finish(cycle))
      try await tx.events.append(at: hour(9), deployment: "routing", actor: "operator", what: "test", detail: ["why": "because"])
    }
    try await state.read { tx async throws in
      var finished = run
      finished.status = .done
      finished.finishedAt = hour(3)
      finished.result = ["loss": 0.25]
      let datasets = try await tx.datasets.list("routing")
      #expect(datasets == [dataset])
      let runs = try await tx.runs.list()
      #expect(runs == [finished])
      let decisions = try await tx.gateDecisions.list("routing", challenger: "m2")
      #expect(decisions == [decision])
      let suites = try await tx.suiteRuns.list("routing", suite: "core")
      #expect(suites == [suite])
      let answers = try await tx.suiteRuns.items("s1")
      #expect(answers == items)
      let reports = try await tx.reports.list(fingerprint: "f1")
      #expect(reports == [report])
      let baselines = try await tx.baselines.list("routing", model: "m1")
      #expect(baselines == [baseline])
      let cycles = try await tx.cycles.latest("routing")
      #expect(cycles == [cycle])
      let details = try await tx.events.list("routing").map(\.detail)
      #expect(details == [["why": "because"]])
    }
  }

  @Test func `a step whose connection dies before COMMIT is run again`() async throws {
    let state = try await stateDatabase()
    let killer = try await Cluster.connection("killer")
    var runs = 0
    try await state.transaction { tx async throws in
      runs += 1
      try await tx.samples.insert([.example(runs)])
      if runs == 1 {
        let pid = try await tx.connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid")
        try await killer.execute("SELECT pg_terminate_backend($1)", [.integer(pid)])
        _ = try await tx.connection.query("SELECT pg_sleep(5)")
      }
    }
    #expect(runs == 2)
    #expect(try await state.read { try await $0.samples.window("routing", all).map(\.key) } == ["k2"])
  }

  @Test func `two steps that lock each other both happen`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { try await $0.samples.insert([.example(1), .example(2)]) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (first, second) in [("k1", "k2"), ("k2", "k1")] {
        group.addTask {
          try await state.transaction { tx async throws in
            try await tx.samples.setLabels("routing", [first: "by \(first)"], at: hour(1))
            try await tx.connection.execute("SELECT pg_sleep(0.2)")
            try await tx.samples.setLabels("routing", [second: "by \(first)"], at: hour(1))
          }
        }
      }
      try await group.waitForAll()
    }
    let labels = try await state.read { try await $0.samples.window("routing", all).map(\.label) }
    #expect(labels[0] == labels[1] && labels[0] != nil)
  }
}
