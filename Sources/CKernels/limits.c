// What this processor can do at most: loops that do nothing but one kind of work, for a table beside our own figures.
#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define CHAINS 14

// Each adds `rounds` products to CHAINS independent sums.
__attribute__((target("avx2,fma"))) static float fma_avx2(ptrdiff_t rounds) {
  __m256 sums[12], a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
  for (int i = 0; i < 12; i++) sums[i] = _mm256_set1_ps((float)i);
  for (ptrdiff_t r = 0; r < 2 * rounds; r++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 12; i++) sums[i] = _mm256_fmadd_ps(sums[i], a, b);
    __asm__ volatile("" : "+x"(a), "+x"(b));
  }
  float total = 0;
  for (int i = 0; i < 12; i++) total += _mm256_cvtss_f32(sums[i]);
  return total;
}

__attribute__((target("avx512f"))) static float fma_avx512(ptrdiff_t rounds) {
  __m512 sums[CHAINS], a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_ps((float)i);
  for (ptrdiff_t r = 0; r < rounds; r++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_fmadd_ps(sums[i], a, b);
    __asm__ volatile("" : "+v"(a), "+v"(b));
  }
  float total = 0;
  for (int i = 0; i < CHAINS; i++) total += _mm512_cvtss_f32(sums[i]);
  return total;
}

__attribute__((target("avx512f,avx512bf16"))) static float dot_avx512(ptrdiff_t rounds) {
  __m512 sums[CHAINS];
  __m512i a = _mm512_set1_epi32(0x3F803F80), b = _mm512_set1_epi32(0x3A803A80);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_ps((float)i);
  for (ptrdiff_t r = 0; r < rounds; r++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_dpbf16_ps(sums[i], (__m512bh)a, (__m512bh)b);
    __asm__ volatile("" : "+v"(a), "+v"(b));
  }
  float total = 0;
  for (int i = 0; i < CHAINS; i++) total += _mm512_cvtss_f32(sums[i]);
  return total;
}

static volatile float sink;

double vk_limit_float(ptrdiff_t rounds) {
  if (strcmp(vk_instruction_set(), "avx512") == 0) {
    sink = fma_avx512(rounds);
    return 2.0 * 16 * CHAINS * (double)rounds;
  }
  if (strcmp(vk_instruction_set(), "avx2") == 0) {
    sink = fma_avx2(rounds);
    return 2.0 * 8 * 12 * 2 * (double)rounds;
  }
  return 0;
}

double vk_limit_bf16(ptrdiff_t rounds) {
  if (!vk_has_bf16_dot()) return 0;
  sink = dot_avx512(rounds);
  return 4.0 * 16 * CHAINS * (double)rounds;
}
#else
double vk_limit_float(ptrdiff_t rounds) { return 0; }
double vk_limit_bf16(ptrdiff_t rounds) { return 0; }
#endif

uint64_t vk_read(ptrdiff_t n, const uint64_t *x) {
  uint64_t sums[8] = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int j = 0; j < 8; j++) sums[j] ^= x[i + j];
  for (; i < n; i++) sums[0] ^= x[i];
  for (int j = 1; j < 8; j++) sums[0] ^= sums[j];
  return sums[0];
}
