import Files
import Postgres
import RemoteModel

extension JobWorker {
  /// Whether trying again may help without anybody's doing.
  static func isTransient(_ error: any Error) -> Bool {
    switch error {
    case let error as PostgresError: error.isTransient
    case is PostgresPool.Failure: true
    case let error as RemoteFault: error.isTransient
    default: false
    }
  }
}
