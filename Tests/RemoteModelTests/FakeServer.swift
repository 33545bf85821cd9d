import Files
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A web server on loopback that answers as a closure says, well or badly, and remembers what it was asked.
final class FakeServer: Sendable {
  struct Request: Sendable {
    var path: String
    var headers: [String: String]
    var body: OrderedJSON
  }

  struct Answer: Sendable {
    enum Manner: Sendable {
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

    var status = 200
    var headers: [(String, String)] = [("Content-Type", "application/json")]
    var body = ""
    var manner = Manner.whole
    /// Milliseconds before the answer.
    var delay: Int64 = 0

    static func json(_ value: OrderedJSON, delay: Int64 = 0) -> Answer { Answer(body: value.text(), delay: delay) }
    static func status(_ status: Int, _ headers: [(String, String)] = [], _ body: String = "") -> Answer {
      Answer(status: status, headers: headers, body: body)
    }
  }

  private let reply: @Sendable (Request, _ number: Int) -> Answer
  private let seen = Mutex<[Request]>([])
  private let load = Mutex<(now: Int, most: Int)>((0, 0))
  private let channel: Mutex<(any Channel)?> = Mutex(nil)

  /// - reply: what to answer; requests are numbered from 0
  init(_ reply: @escaping @Sendable (Request, _ number: Int) -> Answer) async throws {
    self.reply = reply
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
  var requests: [Request] { seen.withLock { $0 } }
  /// The most requests that were under way at once.
  var mostAtOnce: Int { load.withLock { $0.most } }

  func stop() async throws { try await channel.withLock { $0 }?.close() }

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
        let answer = server.answer(Request(path: head.uri, headers: headers, body: json))
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

// MARK: - A model of a few words

extension FakeServer {
  /// Answers as a real server does: a token is a word with the space before it, and its log-probability is the less the longer it is.
  static func model(_ request: Request) -> Answer {
    switch request.path {
    case "/v1/models": .json(["object": "list", "data": [["id": "tiny", "owned_by": "tests", "created": 7]]])
    case "/v1/completions": .json(completion(request.body))
    default: .json(chat(request.body))
    }
  }

  static func logProbability(_ token: String) -> Double { -Double(token.utf8.count) / 4 }

  static func tokens(_ text: String) -> [String] {
    var tokens: [String] = []
    for scalar in text.unicodeScalars {
      if scalar == " " || scalar == ":" || tokens.isEmpty || tokens.last == ":" { tokens.append("") }
      tokens[tokens.count - 1].unicodeScalars.append(scalar)
    }
    return tokens
  }

  private static func completion(_ body: OrderedJSON) -> OrderedJSON {
    let prompt = body["prompt"]?.stringValue ?? ""
    let echoed = tokens(prompt)
    let listed = (body["echo"]?.boolValue == true ? echoed : []) + [" end"]
    let values = listed.enumerated().map { OrderedJSON.double($0 == 0 && listed.count > 1 ? .nan : logProbability($1)) }
    return [
      "choices": [
        [
          "index": 0, "text": .string(listed.joined()), "finish_reason": "length",
          "logprobs": body["logprobs"] == nil ? .null : ["tokens": .array(listed.map { .string($0) }), "token_logprobs": .array(values)],
        ]
      ], "usage": ["prompt_tokens": .int(echoed.count), "completion_tokens": 1],
    ]
  }

  /// Says back the last word of the message.
  private static func chat(_ body: OrderedJSON) -> OrderedJSON {
    let said = body["messages"]?.arrayValue?.last?["content"]?.stringValue ?? ""
    let word = said.split(separator: " ").last.map(String.init) ?? ""
    let others: [OrderedJSON] = ["yes", "no"].filter { $0 != word }.map { ["token": .string($0), "logprob": .double(-7)] }
    let top: [OrderedJSON] = [["token": .string(word), "logprob": .double(-0.002)]] + others
    return [
      "choices": [
        [
          "index": 0, "message": ["role": "assistant", "content": .string(word)], "finish_reason": "stop",
          "logprobs": body["logprobs"]?.boolValue == true
            ? ["content": [["token": .string(word), "logprob": .double(-0.002), "top_logprobs": .array(top)]]] : .null,
        ]
      ], "usage": ["prompt_tokens": 5, "completion_tokens": 1],
    ]
  }
}
