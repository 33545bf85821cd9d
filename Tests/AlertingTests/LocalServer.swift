import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A web server on loopback that answers as it is told and remembers what it was asked.
final class LocalServer: Sendable {
  struct Answer: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    /// Bytes of the body.
    var size = 0
    /// Nothing is ever answered.
    var hangs = false
    /// The head comes, and then nothing.
    var hangsAfterHead = false
  }

  struct Request: Sendable {
    var method: String
    var headers: [String: String]
    var body: [UInt8]
  }

  private let answers: Mutex<[Answer]>
  private let seen = Mutex<[Request]>([])
  private let channel: Mutex<(any Channel)?> = Mutex(nil)

  /// Answers in order; the last one for ever.
  init(_ answers: [Answer]) async throws {
    self.answers = Mutex(answers)
    let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(self))
        }
      }
    let channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
    self.channel.withLock { $0 = channel }
  }

  var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }
  var address: String { "http://127.0.0.1:\(port)/hook?key=hidden" }
  var requests: [Request] { seen.withLock { $0 } }

  func stop() async throws { try await channel.withLock { $0 }?.close() }

  fileprivate func answer(_ request: Request) -> Answer {
    seen.withLock { $0.append(request) }
    return answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: LocalServer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ server: LocalServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): self.head = head
      case .body(let piece): body += piece.readableBytesView
      case .end:
        guard let head else { return }
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $1 }
        let answer = server.answer(Request(method: head.method.rawValue, headers: headers, body: body))
        body = []
        if answer.hangs { return }
        var sent = HTTPHeaders(answer.headers)
        sent.add(name: "Content-Length", value: "\(answer.hangsAfterHead ? 10 : answer.size)")
        context.writeAndFlush(
          wrapOutboundOut(.head(.init(version: .http1_1, status: .init(statusCode: answer.status), headers: sent))), promise: nil)
        if answer.hangsAfterHead { return }
        if answer.size > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(repeating: 120, count: answer.size)))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
