internal import Files

/// Whether the tensors of a folder are those that should be there.
enum TensorCheck {
  /// Every tensor that is missing, has another shape or type, or does not belong here.
  static func faults(
    _ expected: [(name: String, shape: [Int])], in weights: SafetensorsFolder, mayHave isHarmless: (String) -> Bool
  ) -> [FileFault] {
    var faults: [FileFault] = []
    let again = "the folder's files belong to different models, or one is incomplete; copy the folder again"
    for (name, shape) in expected {
      guard let tensor = weights.tensor(named: name) else {
        faults.append(FileFault(file: weights.path(of: name), problem: "tensor \"\(name)\" of shape \(shape) is missing", hint: again))
        continue
      }
      if tensor.shape != shape {
        faults.append(
          FileFault(file: weights.path(of: name), problem: "tensor \"\(name)\" has the shape \(tensor.shape), expected \(shape)", hint: again))
      }
      if !tensor.type.isReadable {
        faults.append(
          FileFault(
            file: weights.path(of: name), problem: "tensor \"\(name)\" is stored as \(tensor.type.rawValue), which cannot be read",
            hint: "save the model in bfloat16, float16 or float32"))
      }
    }
    let names = Set(expected.map { ExactText($0.name) })
    for tensor in weights.tensors where !names.contains(ExactText(tensor.name)) && !isHarmless(tensor.name) {
      faults.append(
        FileFault(
          file: weights.path(of: tensor.name), problem: "tensor \"\(tensor.name)\" of shape \(tensor.shape) does not belong to this architecture",
          hint: "check that config.json is the one that came with the weights"))
    }
    return faults
  }
}
