#include "CLimits.h"

#include <string.h>

typedef uint64_t lanes __attribute__((vector_size(64)));

// Four streams, each a quarter of the memory, so that the prefetchers of one core are all busy.
#define READ_BODY                                                                          \
  const size_t quarter = bytes / 4096 * (4096 / 4) / sizeof(lanes);                        \
  const lanes *p = memory;                                                                 \
  lanes a = {0}, b = {0}, c = {0}, d = {0};                                                \
  for (size_t i = 0; i < quarter; i++) {                                                   \
    a += p[i];                                                                             \
    b += p[quarter + i];                                                                   \
    c += p[2 * quarter + i];                                                               \
    d += p[3 * quarter + i];                                                               \
  }                                                                                        \
  a += b + c + d;                                                                          \
  return a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];

#if defined(__x86_64__)

#include <immintrin.h>

__attribute__((target("avx512f"))) static uint64_t read_avx512(const void *memory, size_t bytes) { READ_BODY }
__attribute__((target("avx2"))) static uint64_t read_avx2(const void *memory, size_t bytes) { READ_BODY }
static uint64_t read_plain(const void *memory, size_t bytes) { READ_BODY }

uint64_t limits_read(const void *memory, size_t bytes) {
  if (__builtin_cpu_supports("avx512f")) return read_avx512(memory, bytes);
  if (__builtin_cpu_supports("avx2")) return read_avx2(memory, bytes);
  return read_plain(memory, bytes);
}

int limits_has_bf16(void) { return __builtin_cpu_supports("avx512bf16") != 0; }

// Twelve sums hide the latency of the instruction; the empty asm keeps the compiler from knowing them.
__attribute__((target("avx512f,avx512bf16"))) static double bf16_dots(int64_t rounds) {
  __m512 sums[12];
  for (int i = 0; i < 12; i++) sums[i] = _mm512_setzero_ps();
  __m512bh x, y;
  memset(&x, 0, sizeof x);
  memset(&y, 0, sizeof y);
  for (int64_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 12; i++) {
      sums[i] = _mm512_dpbf16_ps(sums[i], x, y);
      __asm__ volatile("" : "+v"(sums[i]));
    }
  }
  return (double)rounds * 12 * 64;
}

double limits_bf16_dots(int64_t rounds) { return limits_has_bf16() ? bf16_dots(rounds) : 0; }

#else

uint64_t limits_read(const void *memory, size_t bytes) { READ_BODY }
int limits_has_bf16(void) { return 0; }
double limits_bf16_dots(int64_t rounds) { return 0; }

#endif
