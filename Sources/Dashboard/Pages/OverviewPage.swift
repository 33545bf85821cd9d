import Foundation
import Records
import Reports

/// The page at `/`: what fires, what runs, what is in production. Rendered on the server from the same answers the API gives; it changes when it is loaded again.
struct OverviewPage {
  var status: StatusResponse
  var alerts: [AlertItem]
  var jobs: [JobItem]
  var models: [ModelItem]
  var reports: [ReportItem]

  var html: String {
    Page.html(title: "Vigil: \(sentence)") {
      top
      alertTable
      deployments
      jobTable
      modelTable
      reportTable
      Page.footer(["vigil \(status.version)", "clock \(Figures.time(status.clock))", "running since \(Figures.time(status.startedAt))"])
    }
  }

  private var firing: Int { alerts.filter { $0.alert.state == .firing }.count }

  private var sentence: String {
    if firing > 0 { return "\(Figures.count(firing, "alert")) firing." }
    if !status.degraded.isEmpty { return "Nothing fires, but \(Figures.count(status.degraded.count, "part")) of Vigil cannot do its work." }
    return status.ready ? "Nothing fires." : "Vigil is starting."
  }

  private var top: Markup {
    tag("header") {
      Page.over("Overview", deployment: status.deployments.map(\.name).joined(separator: ", "))
      tag("h1") { sentence }
      tag("p", .class("lead")) {
        status.settledAt.map { "Everything up to \(Figures.time($0)) has been sampled, measured and judged." } ?? "Nothing has been judged yet."
      }
      for reason in status.degraded {
        tag("p") {
          Page.pill("degraded", "pending"); " "; foreign("\(reason.component): \(reason.reason)", limit: 400); " since \(Figures.time(reason.since))"
        }
      }
      tag("dl", .class("facts")) {
        Page.fact("Firing", .text(Figures.count(firing)), note: "\(Figures.count(alerts.count - firing)) pending")
        Page.fact(
          "Rows read", .text(Figures.count(status.deployments.map(\.seen).reduce(0, +))),
          note: "\(Figures.count(status.deployments.map(\.sampled).reduce(0, +))) sampled")
        Page.fact("Measurements", .text(Figures.count(status.deployments.map(\.measurements).reduce(0, +))))
        Page.fact(
          "Jobs", .text(Figures.count(status.queue.running)),
          note: "running, \(Figures.count(status.queue.queued)) queued, \(Figures.count(status.queue.failed)) failed")
        Page.fact("Undelivered", .text(Figures.count(status.deliveries.waiting)), note: "\(Figures.count(status.deliveries.dead)) given up")
      }
    }
  }

  private var alertTable: Markup {
    guard !alerts.isEmpty else { return .none }
    return Page.section("Alerts") {
      Page.table(
        [.init("Since", "nowrap"), .init("What", "text"), .init("Rule"), .init("Severity", "nowrap"), .init("", "nowrap")],
        alerts.map { item in
          [
            .text(item.alert.activeAt.map(Timestamp.short) ?? "n/a"),
            Page.link("/alerts/\(item.alert.fingerprint)", .text(VisibleText.line(item.headline))),
            foreign(item.alert.rule), .text(item.alert.severity.rawValue), Page.pill(item.alert.state.rawValue, item.alert.state.rawValue),
          ]
        })
    }
  }

  private var deployments: Markup {
    Page.section("Deployments") {
      Page.table(
        [
          .init("Name"), .init("State"), .init("Champion", "nowrap"), .init("Read", "num"), .init("Sampled", "num"), .init("Labelled", "num"),
          .init("Last sample", "nowrap"),
        ],
        status.deployments.map { d in
          [
            foreign(d.name), .text(VisibleText.name(d.state)), tag("code") { d.champion.map { Figures.identity($0) } ?? "none" },
            .text(Figures.count(d.seen)),
            .text(Figures.count(d.sampled)), .text(Figures.count(d.labelled)), .text(d.lastSampleAt.map(Timestamp.short) ?? "never"),
          ]
        })
    }
  }

  private var jobTable: Markup {
    guard !jobs.isEmpty else { return .none }
    return Page.section("Jobs") {
      Page.table(
        [.init("Asked", "nowrap"), .init("Kind", "nowrap"), .init("Why", "text"), .init("", "text"), .init("State", "nowrap")],
        jobs.map { job in
          let note = job.error ?? job.note ?? job.progress.map { Figures.percent($0) } ?? ""
          return [
            .text(Timestamp.short(job.createdAt)), .text(VisibleText.name(job.kind)), foreign(job.reason, limit: 200), foreign(note, limit: 300),
            .text(VisibleText.name(job.state)),
          ]
        })
    }
  }

  private var modelTable: Markup {
    guard !models.isEmpty else { return .none }
    let style: (ModelStatus) -> String = { $0 == .champion ? "promoted" : $0 == .refused ? "refused" : "inactive" }
    return Page.section("Models") {
      Page.table(
        [.init("Version", "nowrap"), .init("Deployment"), .init("Made", "nowrap"), .init("In production since", "nowrap"), .init("", "nowrap")],
        models.map { model in
          [
            tag("code") { Figures.identity(model.version.id) }, foreign(model.version.deployment), .text(Timestamp.short(model.version.createdAt)),
            .text(model.version.promotedAt.map(Timestamp.short) ?? "never"), Page.pill(model.version.status.rawValue, style(model.version.status)),
          ]
        })
    }
  }

  private var reportTable: Markup {
    guard !reports.isEmpty else { return .none }
    return Page.section("Reports") {
      Page.table(
        [.init("Made", "nowrap"), .init("What", "text"), .init("Kind", "nowrap")],
        reports.map { report in
          [
            .text(Timestamp.short(report.createdAt)), Page.link("/v1/reports/\(report.id).html", .text(VisibleText.line(report.title))),
            .text(VisibleText.name(report.kind)),
          ]
        })
    }
  }
}

/// One alert with its steps and reports, at `/alerts/{fingerprint}`.
struct AlertPage {
  var detail: AlertDetail

  var html: String {
    let alert = detail.alert
    return Page.html(title: detail.headline) {
      tag("nav") { Page.link("/", .text("← Overview")) }
      tag("header") {
        Page.over(
          "Alert", deployment: alert.deployment,
          pill: Page.pill("\(alert.state.rawValue.uppercased()) · \(alert.severity.rawValue)", alert.state.rawValue))
        tag("h1") { VisibleText.line(detail.headline) }
        tag("p", .class("lead")) { foreign("\(alert.measure) \(alert.slice.text)", limit: 200) }
      }
      Page.rows([
        ("Rule", foreign(alert.rule)), ("Since", .text(alert.activeAt.map(Figures.time) ?? "n/a")),
        ("Fired", .text(alert.firedAt.map(Figures.time) ?? "n/a")),
        ("Resolved", .text(alert.resolvedAt.map(Figures.time) ?? "not yet")), ("Last judged", .text(Figures.time(alert.lastEvaluatedAt))),
        ("Last error", foreign(alert.lastError ?? "none", limit: 400)), ("Fingerprint", tag("code") { alert.fingerprint }),
      ])
      Page.section("Reports") {
        if detail.reports.isEmpty { tag("p") { "None yet." } }
        tag("ul") {
          for report in detail.reports {
            tag("li") {
              Page.link("/v1/reports/\(report.id).html", .text(VisibleText.line(report.title))); ", \(Figures.time(report.createdAt))"
            }
          }
        }
      }
      Page.section("States") {
        Page.table(
          [.init("When", "nowrap"), .init("From"), .init("To"), .init("Why", "text")],
          detail.transitions.map { [.text(Figures.time($0.at)), .text($0.from.rawValue), .text($0.to.rawValue), .text(VisibleText.line($0.reason))] })
      }
    }
  }
}
