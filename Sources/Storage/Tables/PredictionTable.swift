internal import Foundation
internal import Postgres
package import Records

/// What models said of samples: one row a sample and model.
package struct PredictionTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension PredictionTable {
  /// Samples of a window with what `model` said of them, by event time and key; samples without are left out.
  /// - limit: the latest so many when given.
  package func observations(
    _ deployment: String, model: String, _ window: Window, clock: WindowClock = .event, labels: LabelFilter = .all, limit: Int? = nil
  ) async throws -> [Observation] {
    let time = SampleSQL.time(clock)
    let sql = """
      SELECT * FROM (
        SELECT \(SampleSQL.columns), \(PredictionSQL.columns)
        FROM vigil.sample s JOIN vigil.prediction p USING (deployment, key)
        WHERE s.deployment = $1 AND \(time) >= $2 AND \(time) < $3 AND p.model = $4 AND \(SampleSQL.filter(labels))
        ORDER BY \(time) DESC, s.key DESC LIMIT $5
      ) latest ORDER BY event_time, key
      """
    return try await connection.query(sql, [.text(deployment), .time(window.start), .time(window.end), .text(model), .optional(limit)])
      .map(Observation.init)
  }

  /// Samples that `model` has not been asked about, oldest first.
  /// - window: of event time; all when nil.
  package func missing(
    _ deployment: String, model: String, _ window: Window? = nil, labels: LabelFilter = .all, limit: Int? = nil
  ) async throws -> [Sample] {
    let sql = """
      SELECT \(SampleSQL.columns) FROM vigil.sample s
      WHERE s.deployment = $1 AND ($3::timestamptz IS NULL OR s.event_time >= $3) AND ($4::timestamptz IS NULL OR s.event_time < $4)
        AND \(SampleSQL.filter(labels))
        AND NOT EXISTS (SELECT FROM vigil.prediction p WHERE p.deployment = s.deployment AND p.key = s.key AND p.model = $2)
      ORDER BY s.event_time, s.key LIMIT $5
      """
    let parameters: [PostgresParameter] = [.text(deployment), .text(model), .optional(window?.start), .optional(window?.end), .optional(limit)]
    return try await connection.query(sql, parameters).map(Sample.init)
  }

  package func find(_ deployment: String, model: String, keys: [String]) async throws -> [Prediction] {
    let sql =
      "SELECT \(PredictionSQL.columns) FROM vigil.prediction p WHERE p.deployment = $1 AND p.model = $2 AND p.key = ANY ($3::text[]) ORDER BY p.key"
    return try await connection.query(sql, [.text(deployment), .text(model), .texts(keys)]).map { try Prediction($0, key: "prediction_key") }
  }
}

extension PredictionTable where Access == WriteAccess {
  /// Stores predictions; those that are there already stay as they are.
  /// - Returns: how many were new.
  @discardableResult
  package func insert(_ predictions: [Prediction], deployment: String) async throws -> Int {
    var inserted = 0
    for chunk in predictions.chunked(500) {
      inserted += try await connection.execute(
        PredictionSQL.insert,
        [
          .text(deployment), .texts(chunk.map(\.key)), .texts(chunk.map(\.model)), .texts(chunk.map(\.answer)),
          .doubleArrays(chunk.map(\.probabilities)), .doubles(chunk.map(\.logProbability)), .texts(chunk.map { $0.inputSurprisal?.description }),
          .integers(chunk.map(\.tokens)), .byteArrays(chunk.map { FloatBytes.encode($0.embedding) }), .texts(chunk.map(\.failure)),
        ])
    }
    return inserted
  }
}

extension Prediction {
  init(_ row: PostgresRow, key: String) throws {
    self.init(
      key: try row.text(key), model: try row.text("model"), answer: try row.optionalText("answer"), probabilities: try row.doubles("probabilities"),
      logProbability: try row.double("log_probability"), inputSurprisal: try row.optionalDouble("input_surprisal"), tokens: try row.int("tokens"),
      embedding: FloatBytes.decode(try row.bytes("embedding")), failure: try row.optionalText("failure"))
  }
}

extension Observation {
  init(_ row: PostgresRow) throws { self.init(sample: try Sample(row), prediction: try Prediction(row, key: "key")) }
}

enum PredictionSQL {
  /// Of an alias `p`, without names that a sample has too.
  static let columns = """
    p.key AS prediction_key, p.model, p.answer, p.probabilities, p.log_probability, p.input_surprisal, p.tokens, p.embedding, p.failure
    """

  static let insert = """
    INSERT INTO vigil.prediction
      (deployment, key, model, answer, probabilities, log_probability, input_surprisal, tokens, embedding, failure)
    SELECT $1, key, model, answer, probabilities::float8[], log_probability, input_surprisal, tokens, embedding, failure
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::integer[], $9::bytea[], $10::text[])
      AS p (key, model, answer, probabilities, log_probability, input_surprisal, tokens, embedding, failure)
    ORDER BY key, model
    ON CONFLICT DO NOTHING
    """
}
