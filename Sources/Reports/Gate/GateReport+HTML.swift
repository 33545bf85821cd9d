import Records

extension GateReport {
  package var html: String {
    Page.html(title: headline) {
      top
      checkTable
      training
      data
      descent
      Page.footer([
        "Decided \(Figures.time(decision.decidedAt))", "decision \(decision.id)", "generated \(Figures.time(generatedAt))",
      ])
    }
  }

  private var top: Markup {
    let failed = decision.checks.filter { !$0.passed }
    let rows = decision.checks.map(\.n).max() ?? 0
    return tag("header") {
      Page.over(
        "Gate decision", deployment: deployment, pill: Page.pill(verdict.uppercased(), decision.promoted ? "promoted" : "refused"))
      tag("h1") { headline }
      tag("p", .class("lead")) {
        decision.promoted
          ? "The challenger takes over from champion \(Figures.identity(decision.champion)): not worse than the margin on every guard, and better on every target."
          : "Champion \(Figures.identity(decision.champion)) stays in production. \(failed.count) of \(Figures.count(decision.checks.count, "check")) failed."
      }
      tag("dl", .class("facts")) {
        Page.fact("Challenger", tag("code") { Figures.identity(decision.challenger) }, words: true)
        Page.fact("Champion", tag("code") { Figures.identity(decision.champion) }, words: true)
        let deciding = decision.checks.filter { $0.role != "shown" }
        Page.fact("Checks passed", .text("\(deciding.count(where: \.passed)) of \(deciding.count)"))
        Page.fact("Rows compared", .text(Figures.count(rows)), note: "largest check")
        Page.fact("Asked for by", foreign(trigger, limit: 160), words: true)
      }
    }
  }

  private var checkTable: Markup {
    func pill(_ check: GateCheck) -> Markup {
      if check.role == "shown" { return Page.pill("shown", "inactive") }
      return Page.pill(check.passed ? "passed" : "failed", check.passed ? "promoted" : "refused")
    }
    let domain = DifferenceMark.domain(of: checks)
    let columns: [Page.Column] = [
      .init("Check"), .init("Champion", "num"), .init("Challenger", "num"), .init("Difference, better to the right"), .init("Interval", "num"),
      .init("Rows", "num"), .init("Result", "nowrap"),
    ]
    return Page.section("The checks") {
      Page.table(
        columns,
        checks.map { check in
          [
            .many([
              tag("b") { check.name }, .text(check.role == "target" ? " · target" : ""),
              tag("div", .class("note")) { foreign(check.slice.labels.isEmpty ? "all rows" : AlertHeadline.words(check.slice)) },
              check.passed ? .none : tag("div") { VisibleText.line(check.reason) },
            ]), .text(Figures.number(check.champion)), .text(Figures.number(check.challenger)), DifferenceMark(check: check, domain: domain).svg,
            .many([
              .text(Figures.signed(check.difference)),
              tag("div", .class("note")) { Figures.interval(check.lower, check.upper) ?? "no interval" },
            ]), .text(Figures.count(check.n)), pill(check),
          ]
        }, bad: Set(checks.indices.filter { !checks[$0].passed }))
      tag("p", .class("note")) {
        """
        Challenger minus champion on the same items, signed so that better is positive. A guard passes when its whole interval lies to the right of the dashed \
        line, the loss that is still accepted; a target passes when its interval lies to the right of zero, the solid line. A gap that is to be narrowed \
        passes when it is narrower; that the group itself is served better is a target of its own.
        """
      }
      if let signature = checks.first?.signature {
        tag("p", .class("note")) {
          "Definition of the intervals: "; tag("code") { signature }
        }
      }
    }
  }

  private var training: Markup {
    guard let run else { return .none }
    return Page.section("The training run") {
      tag("dl", .class("facts")) {
        Page.fact("Rows", .text(Figures.count(run.trainingRows)), note: "and \(Figures.count(run.validationRows)) for validation")
        Page.fact("Epochs", .text(Figures.fixed(run.epochs, 1)), note: "\(Figures.count(run.steps, "step")), \(run.ending)")
        Page.fact(
          "Tokens", .text(Figures.count(run.tokens)), note: run.seconds > 0 ? "\(Figures.count(Int(Double(run.tokens) / run.seconds))) a second" : nil
        )
        if run.seconds > 0 { Page.fact("Took", .text(Figures.duration(run.seconds))) }
      }
      if run.loss.count > 1 {
        LossPlot(training: run.loss.map { ($0.step, $0.loss) }, validation: run.validation.map { ($0.step, $0.loss) }, bestStep: run.bestStep).figure(
          caption: [.text("Loss in nats a supervised token, by optimiser step. The ring marks the step whose weights were kept.")])
      }
      tag("p", .class("note")) {
        "Run "; tag("code") { VisibleText.name(run.id) }
      }
      if !run.settings.isEmpty {
        tag("pre") { run.settings.sorted { $0.key < $1.key }.map { "\($0.key): \(VisibleText.line($0.value))" }.joined(separator: "\n") }
      }
    }
  }

  private var data: Markup {
    guard let dataset else { return .none }
    let findings = dataset.audit
    return Page.section("What it was trained on") {
      Page.rows([
        ("Dataset version", tag("code") { VisibleText.name(dataset.id) }), ("Rows", .text(Figures.count(dataset.rows))),
        ("By origin", foreign(counts(dataset.origins), limit: 400)), ("By label", foreign(counts(dataset.labels), limit: 1200)),
      ])
      tag("h3") { "Audit" }
      if findings.isEmpty {
        tag("p") { "Nothing was found." }
      } else {
        Page.table(
          [.init("Finding"), .init("Rows", "num"), .init("", "text")],
          findings.map { [foreign($0.name), .text(Figures.count($0.count)), foreign($0.note, limit: VisibleText.exampleLimit)] })
      }
    }
  }

  private var descent: Markup {
    guard !lineage.isEmpty || !command.isEmpty else { return .none }
    return Page.section("Where it comes from") {
      Page.table(
        [.init("What", "nowrap"), .init("Identity", "nowrap"), .init("", "text")],
        lineage.map { step in
          [.text(step.role), tag("code") { VisibleText.line(String(step.id.prefix(16)), limit: 16) }, foreign(step.note, limit: 300)]
        })
      if !command.isEmpty { tag("pre") { VisibleText.line(command, limit: 2000) } }
    }
  }

  /// `production 4,210, original 2,000`, the largest first.
  func counts(_ counts: [String: Int]) -> String {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\(VisibleText.name($0.key)) \(Figures.count($0.value))" }.joined(separator: ", ")
  }
}
