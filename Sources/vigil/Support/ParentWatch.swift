import Foundation
import Glibc

/// For children that must not outlive their parent: standard input is a pipe that only the parent could write to, and its end is the parent's end.
///
/// `PR_SET_PDEATHSIG` looks made for this and is not: Linux sends it when the *thread* that forked ends, and thread pools end threads when they like.
enum ParentWatch {
  static func exitWithParent() {
    let thread = Thread {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count > 0 || (count < 0 && errno == EINTR) { continue }
        // As if killed: whatever is not on disk by now is lost, and everything is made for that.
        _exit(137)
      }
    }
    thread.name = "parent-watch"
    thread.start()
  }
}
