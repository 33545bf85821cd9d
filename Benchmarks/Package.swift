// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who builds Vigil builds its benchmarks: it sees what any user of the libraries sees, their public API.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "vigil-bench",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "vigil", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .systemLibrary(name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CLimits", cSettings: [.unsafeFlags(["-O3"])]),
    .executableTarget(
      name: "vigil-bench",
      dependencies: [
        "CBLAS", "CLimits",
        .product(name: "Kernels", package: "vigil"),
        .product(name: "LanguageModel", package: "vigil"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),
  ]
)
