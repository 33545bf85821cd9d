// swift-tools-version: 6.1
import Foundation
import PackageDescription

// Arrows point down only: the order of the targets below is the order of the layers, and a target may name only what stands above it in this file.
// `swift build --explicit-target-dependency-import-check error` keeps imports and this list in step.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Folders may open with a README, which is for people and no resource.
func readmes(in folder: String) -> [String] {
  let root = "\(Context.packageDirectory)/\(folder)"
  return (FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix("README.md") }
}

func library(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path, exclude: readmes(in: path ?? "Sources/\(name)"), swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: readmes(in: "Tests/\(name)"), swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let httpServer = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let httpServerCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")

let package = Package(
  name: "vigil",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "vigil", targets: ["vigil"]),
    .library(name: "Kernels", targets: ["Kernels"]),
    .library(name: "LanguageModel", targets: ["LanguageModel"]),
    .library(name: "Statistics", targets: ["Statistics"]),
    .library(name: "Training", targets: ["Training"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // The bottom: values, mathematics, the outside world's C libraries.
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CKernels", exclude: readmes(in: "Sources/CKernels"), cSettings: [.unsafeFlags(["-O3"])]),
    library("Records"),
    library("Files", [crypto]),
    library("Executors"),
    library("Documents", [yams]),
    library("Statistics"),
    library("Kernels", ["CKernels", "COpenBLAS"]),
    library("Postgres", ["CLibPQ", "Executors", logging]),

    // The middle: what decides.
    library("LanguageModel", ["Kernels", "Files"]),
    library("Measures", ["Records", "Statistics"]),
    library("Rules", ["Records", "Documents"]),
    library("Storage", ["Records", "Postgres", logging]),
    library("Training", ["Files", "Kernels", "LanguageModel"]),
    library("Curation", ["Records", "Files"]),
    library("Evaluation", ["Records", "Documents", "Statistics", "Measures", "Files"]),
    library("Retraining", ["Records", "Statistics", "Measures", "Curation", "Evaluation"]),
    library("RemoteModel", ["Records", "Files", "Documents", "Evaluation", httpClient, nioCore, nioHTTP]),
    library("Reports", ["Records"]),
    library("Alerting", ["Records", "Files", crypto, httpClient, nioCore, nioHTTP, logging]),

    // The top: what runs.
    library("Dashboard", ["Records", "Reports", httpServer, httpServerCore, httpClient, nioCore, lifecycle, logging]),
    library("HelpDesk", ["Records"]),
    library("Fuzzing", ["Files", "LanguageModel"]),
    .executableTarget(name: "vigil-fuzz", dependencies: ["Fuzzing", argumentParser], swiftSettings: strict),
    library(
      "Daemon",
      [
        "Records", "Files", "Executors", "Statistics", "Kernels", "Postgres", "LanguageModel", "Measures", "Rules", "Storage", "Training", "Curation",
        "Evaluation", "RemoteModel", "Retraining", "Reports", "Alerting", "Dashboard", "Documents", crypto, lifecycle, logging,
      ]),
    .executableTarget(
      name: "vigil",
      dependencies: [
        "Records", "Files", "Executors", "Statistics", "Kernels", "Postgres", "LanguageModel", "Measures", "Rules", "Storage", "Training", "Curation",
        "Evaluation", "Retraining", "Reports", "Alerting", "Dashboard", "Documents", "HelpDesk", "Daemon", "RemoteModel", argumentParser, logging,
        yams,
      ], swiftSettings: strict),

    // Tests, tier by tier: pure, with PostgreSQL, with a model, end to end.
    library("TestSupport", ["Records", "Files", "Postgres", nioCore, nioHTTP, nioPosix], path: "Tests/TestSupport"),
    tests("RecordsTests", ["Records"]),
    tests("FilesTests", ["Files"]),
    tests("DocumentsTests", ["Documents"]),
    tests("StatisticsTests", ["Statistics"]),
    tests("KernelsTests", ["Kernels", "TestSupport"]),
    tests("LanguageModelTests", ["LanguageModel", "Kernels", "Files", "TestSupport"]),
    tests("MeasuresTests", ["Measures", "Records", "Statistics"]),
    tests("RulesTests", ["Rules", "Records", "Documents"]),
    tests("TrainingTests", ["Training", "LanguageModel", "Kernels", "Files", "TestSupport"]),
    tests("CurationTests", ["Curation", "Records", "Files", "TestSupport"]),
    tests("EvaluationTests", ["Evaluation", "Records", "Statistics", "Files", "TestSupport"]),
    tests("RemoteModelTests", ["RemoteModel", "Evaluation", "Documents", "Files", "LanguageModel", "TestSupport"]),
    tests("RetrainingTests", ["Retraining", "Records", "Evaluation", "Statistics"]),
    tests("ReportsTests", ["Reports", "Records"]),
    tests("AlertingTests", ["Alerting", "Records", "Files", crypto, logging, "TestSupport"]),
    tests("DashboardTests", ["Dashboard", "Records", logging]),
    tests("HelpDeskTests", ["HelpDesk"]),
    tests("FuzzingTests", ["Fuzzing", "TestSupport"]),
    tests("DaemonTests", ["Daemon", "Documents", "Evaluation", "Records", "RemoteModel", "Rules", "TestSupport"]),
    tests("PostgresIntegrationTests", ["Postgres", "Storage", "Records", "Rules", "TestSupport"]),
    tests("EndToEndTests", ["Records", "Files", "Postgres", "TestSupport"]),
  ]
)
