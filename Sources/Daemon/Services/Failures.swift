import Files
import Postgres

extension JobWorker {
  /// Whether trying again may help without anybody's doing.
  static func isTransient(_ error: any Error) -> Bool {
    switch error {
    case let error as PostgresError: error.isTransient
    case is PostgresPool.Failure: true
    default: false
    }
  }
}
