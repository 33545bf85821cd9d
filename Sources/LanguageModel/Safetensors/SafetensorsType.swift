/// The element types of the safetensors format, smallest alignment first: the order in which its reference implementation sorts them.
///
/// Source: huggingface/safetensors, safetensors/src/tensor.rs (`Dtype`). All are known, so that a header can be checked; F32, BF16 and F16 can be read.
public enum SafetensorsType: String, Sendable, Hashable, CaseIterable {
  case bool = "BOOL"
  case f4 = "F4"
  case f6e2m3 = "F6_E2M3"
  case f6e3m2 = "F6_E3M2"
  case u8 = "U8"
  case i8 = "I8"
  case f8e5m2 = "F8_E5M2"
  case f8e4m3 = "F8_E4M3"
  case f8e8m0 = "F8_E8M0"
  case f8e4m3fnuz = "F8_E4M3FNUZ"
  case f8e5m2fnuz = "F8_E5M2FNUZ"
  case i16 = "I16"
  case u16 = "U16"
  case f16 = "F16"
  case bf16 = "BF16"
  case i32 = "I32"
  case u32 = "U32"
  case f32 = "F32"
  case c64 = "C64"
  case f64 = "F64"
  case i64 = "I64"
  case u64 = "U64"

  /// Width of one element.
  public var bits: Int {
    switch self {
    case .f4: 4
    case .f6e2m3, .f6e3m2: 6
    case .bool, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz: 8
    case .i16, .u16, .f16, .bf16: 16
    case .i32, .u32, .f32: 32
    case .c64, .f64, .i64, .u64: 64
    }
  }

  /// Whether `SafetensorsFile.floats(named:)` can read it.
  public var isReadable: Bool { self == .f32 || self == .bf16 || self == .f16 }

  /// Place in the reference writer's order.
  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// bfloat16 as bits: the upper half of a Float.
public enum BFloat16 {
  /// The nearest bfloat16, ties to even; every NaN becomes the quiet one, 0x7FC0, as in PyTorch (c10/util/BFloat16.h).
  public static func bits(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7FC0 }
    let bits = value.bitPattern
    // Rounding cannot overflow: the largest finite Float rounds up into infinity's pattern, which is what IEEE 754 asks.
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  public static func float(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// The value as it will be after being stored as bfloat16.
  public static func rounded(_ value: Float) -> Float { float(bits(value)) }
}
