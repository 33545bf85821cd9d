import ArgumentParser
import Foundation

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "init", abstract: "Write a commented configuration to start from.")

  @Argument(help: ArgumentHelp("Where.", valueName: "file")) var file = "vigil.yaml"

  func run() async throws {
    let url = URL(filePath: file)
    guard !FileManager.default.fileExists(atPath: url.path) else {
      throw CommandFailure(.conflict, "\(file) is there already", hint: "name another file; nothing was written")
    }
    try Data(Self.text.utf8).write(to: url)
    print("wrote \(file); change what is yours, then: vigil check --config \(file) --source")
  }

  static let text = """
    # Vigil. Durations have units: 30m, 12h, 2d. Relative paths are relative to this file. Check with: vigil check --config FILE --source

    state:
      # Vigil's own database (it makes a schema `vigil` there) and its folder for adapters, datasets, checkpoints and reports.
      database: postgresql:///vigil?host=/var/run/postgresql
      directory: /var/lib/vigil

    http:
      # The operator's door: who may open this socket may operate Vigil. There is no TCP port.
      socket: /run/vigil/api.sock

    rules:
      - /usr/local/share/vigil/rules/drift.yaml
      - /usr/local/share/vigil/rules/quality.yaml
      - /usr/local/share/vigil/rules/bias.yaml
      # A file may be for some deployments only:
      # - {file: /usr/local/share/vigil/rules/remote.yaml, deployments: [my-remote-model]}

    receivers:
      - name: folder
        folder: /var/lib/vigil/alerts
      # - name: chat
      #   webhook: https://hooks.example.org/vigil   # Alertmanager's JSON
      #   secret_file: /etc/vigil/webhook-secret     # signs each message (Standard Webhooks)

    deployments:
      - name: my-model
        source:
          # A role that may SELECT, and is a member of pg_read_all_stats so that no late commit is missed:
          #   CREATE ROLE vigil_reader LOGIN; GRANT SELECT ON requests TO vigil_reader; GRANT pg_read_all_stats TO vigil_reader;
          database: postgresql://vigil_reader@/production?host=/var/run/postgresql
          table: requests
          key: id                  # primary key
          time: created_at         # when it happened
          inserted: inserted_at    # timestamptz default now(); an index on it keeps reading cheap
          input: text              # what the model is given
          label: true_label        # the right answer, NULL until it is known
          answer: predicted_label  # what production answered
          columns: [channel, country]
          label_horizon: 14d       # how long a label may still come or be corrected
          store_text: redacted     # mail addresses, card, account and phone numbers are taken out first; raw keeps them
        model:
          base: /srv/models/base        # a Hugging Face folder
          adapter: /srv/models/adapter  # a PEFT folder
          # Or, in place of base and adapter, a model that is served elsewhere behind an OpenAI-compatible API (vLLM, llama.cpp). It is watched and never
          # trained: leave out retrain below, and put remote.yaml in place of quality.yaml and bias.yaml above. Ask what it tells with: vigil check --server
          # remote:
          #   url: https://models.example.org/v1
          #   name: router-2026-05                  # the model's name on that server; with what the server says of it, its identity
          #   api: chat                             # or completions, with prompt: "<|user|>{input}<|end|><|assistant|>"
          #   api_key_file: /etc/vigil/models.key   # its owner's alone
          #   concurrency: 8                        # requests at once
          #   timeout: 60s                          # of one try
          #   retries: 4                            # after the first try; after them the turn is put off, and nothing is lost
        task:
          kind: classify
          labels: [yes, no]
        sample:
          rate: 0.1          # share of the rows that the model is run on
          strata: [country]
          # rates: {'{country="is"}': 1}   # another share for one stratum
        window:
          every: 1h          # how often everything is measured
          length: 1d         # how much of the past each measurement looks at
        reference:
          # What windows are compared with. Left out: the first rows there are.
          from: 2026-01-01
          until: 2026-01-15
        protected: [country]   # columns that bias is measured over
        suites:
          - {file: suites/core.yaml, every: 1d}
        # Left out: nothing is ever trained.
        retrain:
          original: data/train.jsonl       # what the first adapter was trained on; replayed, so that it is not forgotten
          held_back: data/held-back.jsonl  # rows of the same kind that were never trained on
          training: training.json          # names of transformers and PEFT
          minimum_rows: 500                # labelled rows since the change before a rule may start a training
          cooldown: 7d

    """
}
