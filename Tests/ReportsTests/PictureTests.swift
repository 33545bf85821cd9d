import Foundation
import Testing

@testable import Reports

/// Writes the sample pages into the folder that VIGIL_REPORT_SAMPLES names, for whoever wants to look at them in a browser.
@Suite struct PictureTests {
  private static let folder = ProcessInfo.processInfo.environment["VIGIL_REPORT_SAMPLES"]

  @Test(.enabled(if: folder != nil)) func `sample pages are written to be looked at`() throws {
    let folder = URL(filePath: try #require(Self.folder), directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let hill = { (height: Double, top: Double, width: Double) -> [Double] in
      (0..<24).map { bin -> Double in
        let away = Double(bin) - top
        return height * exp(-away * away / width)
      }
    }
    let edges: [Double] = (0...24).map { Double($0) * 10 }
    let histogram = Samples.alertReport(detail: .histogram(edges: edges, reference: hill(400, 7, 18), current: hill(150, 10, 26)))
    let groups = Samples.alertReport(
      detail: .groups([
        .init(slice: .init(["speech": "standard"]), value: 0.931, lower: 0.92, upper: 0.942, n: 3120),
        .init(slice: .init(["speech": "regional"]), value: 0.781, lower: 0.73, upper: 0.826, n: 312),
      ]))
    let pages: [(String, any Report)] = [
      ("alert", Samples.alertReport()), ("histogram", histogram), ("groups", groups), ("promoted", Samples.gateReport()),
      ("refused", Samples.gateReport(promoted: false)), ("loop", Samples.loopReport()),
    ]
    for (name, report) in pages {
      for file in report.files {
        let ending = file.name.split(separator: ".").last ?? ""
        try Data(file.text.utf8).write(to: folder.appending(path: "\(name).\(ending)"))
      }
    }
  }
}
