// Weights in bfloat16: packing, and the product with bfloat16 activations for CPUs that have the instruction (AVX512-BF16: Intel from Cooper Lake, AMD from Zen 4).
#include "CKernels.h"

#include <string.h>

void vk_pack_bf16(ptrdiff_t first, ptrdiff_t rows, ptrdiff_t K, const uint16_t *W, ptrdiff_t ldw, uint16_t *packed) {
  const ptrdiff_t panel = (K + 1) / 2 * 2 * VK_PANEL;
  // Sixteen pairs of k at a time: the lines read and the lines written both stay in the first-level cache.
  for (ptrdiff_t n = first; n < first + rows;) {
    ptrdiff_t end = (n / VK_PANEL + 1) * VK_PANEL < first + rows ? (n / VK_PANEL + 1) * VK_PANEL : first + rows;
    uint16_t *to = packed + n / VK_PANEL * panel + n % VK_PANEL * 2;
    const uint16_t *from = W + (n - first) * ldw;
    for (ptrdiff_t k = 0; k < K; k += 32) {
      ptrdiff_t last = k + 32 < K ? k + 32 : K;
      for (ptrdiff_t j = 0; j < end - n; j++) {
        const uint16_t *row = from + j * ldw;
        uint16_t *column = to + 2 * j;
        ptrdiff_t t = k;
        for (; t + 1 < last; t += 2) memcpy(column + t * VK_PANEL, row + t, 4);
        if (t < last) column[t * VK_PANEL] = row[t];
      }
    }
    n = end;
  }
}

void vk_unpack_bf16(ptrdiff_t n, ptrdiff_t K, const uint16_t *packed, float *out) {
  const uint16_t *column = packed + n / VK_PANEL * ((K + 1) / 2 * 2 * VK_PANEL) + n % VK_PANEL * 2;
  for (ptrdiff_t k = 0; k < K; k++) {
    uint32_t bits = (uint32_t)column[k / 2 * 2 * VK_PANEL + k % 2] << 16;
    memcpy(out + k, &bits, 4);
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define UNROLL _Pragma("clang loop unroll(full)")
#define ROWS 14
#define MOST_VECS 8
// Fewer rows take more columns, so that enough sums are under way to hide the latency of the instruction.
#define WIDE(rows) ((rows) <= 3 ? 8 : (rows) <= 7 ? 4 : 2)

int vk_has_bf16_dot(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
    && __builtin_cpu_supports("avx512dq");
}

TARGET void vk_round_bf16(ptrdiff_t n, const float *x, uint16_t *out) {
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) _mm256_storeu_si256((__m256i *)(out + i), (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(x + i)));
  if (i < n) {
    __mmask16 mask = (__mmask16)((1u << (n - i)) - 1);
    _mm256_mask_storeu_epi16(out + i, mask, (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, x + i)));
  }
}

// Two of k at a time: each of the 16 sums of an accumulator gains the products of rows 2k and 2k + 1.
INLINE void tile(int rows, int vecs, ptrdiff_t pairs, const uint16_t *A, ptrdiff_t lda, const uint16_t *B, ptrdiff_t panel, float *C, ptrdiff_t ldc,
  ptrdiff_t columns, int accumulate) {
  __m512 acc[ROWS][MOST_VECS];
  UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vecs; j++) acc[i][j] = _mm512_setzero_ps();
  for (ptrdiff_t k = 0; k < pairs; k++) {
    __m512i b[MOST_VECS];
    UNROLL for (int j = 0; j < vecs; j++) b[j] = _mm512_loadu_si512(B + (j / 2) * panel + k * 2 * VK_PANEL + (j % 2) * VK_PANEL);
    UNROLL for (int i = 0; i < rows; i++) {
      int32_t pair;
      memcpy(&pair, A + i * lda + 2 * k, 4);
      __m512i a = _mm512_set1_epi32(pair);
      UNROLL for (int j = 0; j < vecs; j++) acc[i][j] = _mm512_dpbf16_ps(acc[i][j], (__m512bh)a, (__m512bh)b[j]);
    }
  }
  UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vecs; j++) {
    ptrdiff_t left = columns - 16 * j;
    __mmask16 mask = left >= 16 ? 0xFFFF : left <= 0 ? 0 : (__mmask16)((1u << left) - 1);
    float *c = C + i * ldc + 16 * j;
    __m512 sum = accumulate ? _mm512_add_ps(_mm512_maskz_loadu_ps(mask, c), acc[i][j]) : acc[i][j];
    _mm512_mask_storeu_ps(c, mask, sum);
  }
}

#define TILE_CASE(R)                                                                                             \
  case R:                                                                                                        \
    if (vecs > 2) tile(R, WIDE(R), pairs, a, lda, B, panel, c, ldc, columns, accumulate);                        \
    else tile(R, 2, pairs, a, lda, B, panel, c, ldc, columns, accumulate);                                       \
    break;

TARGET void vk_gemm_bf16_dot(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const uint16_t *A, ptrdiff_t lda, const uint16_t *packed, float *C, ptrdiff_t ldc, int accumulate) {
  const ptrdiff_t pairs = (K + 1) / 2, panel = pairs * 2 * VK_PANEL, block = 112;
  for (ptrdiff_t m = 0; m < M; m += block) {
    ptrdiff_t end = m + block < M ? m + block : M;
    int widest = end - m < ROWS ? WIDE(end - m) : 2, vecs;
    for (ptrdiff_t n = 0; n < N; n += 16 * vecs) {
      ptrdiff_t columns = N - n;
      vecs = columns >= 16 * widest ? widest : 2;
      const uint16_t *B = packed + n / VK_PANEL * panel;
      for (ptrdiff_t i = m; i < end; i += ROWS) {
        const uint16_t *a = A + i * lda;
        float *c = C + i * ldc + n;
        switch (end - i < ROWS ? end - i : ROWS) {
          TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4) TILE_CASE(5) TILE_CASE(6) TILE_CASE(7)
          TILE_CASE(8) TILE_CASE(9) TILE_CASE(10) TILE_CASE(11) TILE_CASE(12) TILE_CASE(13) TILE_CASE(14)
        }
      }
    }
  }
}
#else
int vk_has_bf16_dot(void) { return 0; }
void vk_round_bf16(ptrdiff_t n, const float *x, uint16_t *out) { vk_f32_to_bf16(n, x, out); }
void vk_gemm_bf16_dot(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const uint16_t *A, ptrdiff_t lda, const uint16_t *packed, float *C, ptrdiff_t ldc, int accumulate) {
  __builtin_trap();
}
#endif
