package import Files
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A web server on loopback that answers as a closure says, well or badly, and remembers what it was asked.
package final class FakeServer: Sendable {
  package struct Request: Sendable {
    package var method: String
    package var path: String
    package var headers: [String: String]
    /// The body as it came.
    package var bytes: [UInt8]
    /// The body as JSON; null when it is none.
    package var body: OrderedJSON
  }

  package struct Answer: Sendable {
    package enum Manner: Sendable {
      case whole
      /// Nothing is ever answered.
      case stalls
      /// The head and half of the body come, and then nothing.
      case stallsHalfway
      /// The head and half of the body come, and then the connection ends.
      case diesHalfway
      /// The body is repeated for ever, as long as somebody reads it.
      case endless
    }

    package var status: Int
    package var headers: [(String, String)]
    package var body: String
    package var manner: Manner
    /// Milliseconds before the answer.
    package var delay: Int64

    package init(
      status: Int = 200, headers: [(String, String)] = [("Content-Type", "application/json")], body: String = "", manner: Manner = .whole,
      delay: Int64 = 0
    ) {
      (self.status, self.headers, self.body, self.manner, self.delay) = (status, headers, body, manner, delay)
    }

    package static func json(_ value: OrderedJSON, delay: Int64 = 0) -> Answer { Answer(body: value.text(), delay: delay) }
    package static func status(_ status: Int, _ headers: [(String, String)] = [], _ body: String = "") -> Answer {
      Answer(status: status, headers: headers, body: body)
    }
  }

  private let reply: @Sendable (Request, _ number: Int) -> Answer
  private let seen = Mutex<[Request]>([])
  private let load = Mutex<(now: Int, most: Int)>((0, 0))
  private let channel: Mutex<(any Channel)?> = Mutex(nil)
  /// The connections that are open.
  private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

  /// - port: 0 for any that is free
  /// - reply: what to answer; requests are numbered from 0
  package init(port: Int = 0, _ reply: @escaping @Sendable (Request, _ number: Int) -> Answer) async throws {
    self.reply = reply
    let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        let id = ObjectIdentifier(channel)
        self.open.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { _ in self.open.withLock { _ = $0.removeValue(forKey: id) } }
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(self))
        }
      }
    let channel = try await bootstrap.bind(host: "127.0.0.1", port: port).get()
    self.channel.withLock { $0 = channel }
  }

  /// Gives these answers in their order, and the last for ever.
  package convenience init(answers: [Answer]) async throws {
    try await self.init { _, number in answers[min(number, answers.count - 1)] }
  }

  package var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }
  package var requests: [Request] { seen.withLock { $0 } }
  /// The most requests that were under way at once.
  package var mostAtOnce: Int { load.withLock { $0.most } }

  /// Refuses new connections and breaks those that are open, as the end of a process does.
  package func stop() async throws {
    try await channel.withLock { $0 }?.close()
    // One that has ended by itself meanwhile is closed already.
    for connection in open.withLock({ Array($0.values) }) { try? await connection.close() }
  }

  private func answer(_ request: Request) -> Answer {
    load.withLock {
      $0.now += 1
      $0.most = max($0.most, $0.now)
    }
    let number = seen.withLock {
      $0.append(request)
      return $0.count - 1
    }
    return reply(request, number)
  }

  private func answered() { load.withLock { $0.now -= 1 } }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: FakeServer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ server: FakeServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): self.head = head
      case .body(let piece): body += piece.readableBytesView
      case .end:
        guard let head else { return }
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $1 }
        let json = (try? StrictJSON.parse(body, file: "request")) ?? .null
        let answer = server.answer(
          Request(method: head.method.rawValue, path: head.uri, headers: headers, bytes: body, body: json))
        body = []
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(answer.delay)) {
          let (handler, context) = bound.value
          handler.server.answered()
          handler.send(answer, context)
        }
      }
    }

    private func send(_ answer: Answer, _ context: ChannelHandlerContext) {
      if case .stalls = answer.manner { return }
      let bytes = Array(answer.body.utf8)
      var headers = HTTPHeaders(answer.headers)
      if case .endless = answer.manner {
        headers.add(name: "Transfer-Encoding", value: "chunked")
      } else {
        headers.add(name: "Content-Length", value: "\(bytes.count)")
      }
      context.writeAndFlush(
        wrapOutboundOut(.head(.init(version: .http1_1, status: .init(statusCode: answer.status), headers: headers))), promise: nil)
      switch answer.manner {
      case .stalls: break
      case .stallsHalfway: write(bytes.prefix(bytes.count / 2), context)
      case .diesHalfway:
        write(bytes.prefix(bytes.count / 2), context)
        context.close(promise: nil)
      case .endless: pour(bytes, context)
      case .whole:
        write(bytes[...], context)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }

    private func write(_ bytes: ArraySlice<UInt8>, _ context: ChannelHandlerContext) {
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
    }

    private func pour(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes))))).whenSuccess {
        let (handler, context) = bound.value
        handler.pour(bytes, context)
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
