public import ArgumentParser
public import LanguageModel

extension EnginePrecision: ExpressibleByArgument {}
