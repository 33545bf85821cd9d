// The products of bodies.h: C (M,N) = A (M,K) B with B packed in panels of 32 columns, in one of three storage forms. Included once for each instruction set, with
//   ROWS, VECS   the tile that the registers hold: ROWS rows of A against VECS vectors of 16 columns
//   WIDE(rows)   the vectors that a tile of fewer rows has, so that enough sums are under way to hide the latency of a multiplication
// Element (i,j) is one accumulator over k = 0...K-1 in every tile and in every form; a form only says how B's elements become floats. So a row's bits depend on
// that row alone, and weights stored as bfloat16 give the bits of the same weights stored as float.

// Bytes of one panel's row k; bfloat16 stores rows 2k and 2k + 1 together, column by column.
#define FLOAT_ROW (4 * VK_PANEL)
#define BF16_PAIR (4 * VK_PANEL)
#define INT8_ROW VK_PANEL

INLINE void F(multiply_row)(int rows, int vecs, int transposed, ptrdiff_t k, const float *A, ptrdiff_t lda, const v16 *b, v16 acc[ROWS][MOST_VECS]) {
  UNROLL for (int i = 0; i < rows; i++) {
    v16 a = (v16)(transposed ? A[k * lda + i] : A[i * lda + k]);
    UNROLL for (int j = 0; j < vecs; j++) acc[i][j] = a * b[j] + acc[i][j];
  }
}

// One tile. `panel` is the distance between two panels in bytes: vector j stands in panel j / 2.
INLINE void F(tile)(int form, int rows, int vecs, int transposed, ptrdiff_t K, const float *A, ptrdiff_t lda, const char *B, ptrdiff_t panel,
  const float *scales, float *C, ptrdiff_t ldc, ptrdiff_t columns, int accumulate) {
  v16 acc[ROWS][MOST_VECS];
  UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vecs; j++) acc[i][j] = (v16)0.0f;
  if (form == VK_FORM_FLOAT) {
    for (ptrdiff_t k = 0; k < K; k++) {
      v16 b[MOST_VECS];
      UNROLL for (int j = 0; j < vecs; j++) b[j] = LOAD(B + (j / 2) * panel + k * FLOAT_ROW + (j % 2) * 64);
      F(multiply_row)(rows, vecs, transposed, k, A, lda, b, acc);
    }
  } else if (form == VK_FORM_BF16) {
    for (ptrdiff_t k = 0; k < K; k += 2) {
      const char *pairs = B + (k / 2) * BF16_PAIR;
      v16 b[MOST_VECS];
      UNROLL for (int j = 0; j < vecs; j++) b[j] = BITS(v16, BITS(i16, LOAD(pairs + (j / 2) * panel + (j % 2) * 64)) << 16);
      F(multiply_row)(rows, vecs, transposed, k, A, lda, b, acc);
      if (k + 1 == K) break;
      // Read again from the first-level cache: kept in registers, the pairs would push sums out of them.
      __asm__("" : "+r"(pairs));
      UNROLL for (int j = 0; j < vecs; j++) b[j] = BITS(v16, BITS(i16, LOAD(pairs + (j / 2) * panel + (j % 2) * 64)) & (int32_t)0xFFFF0000);
      F(multiply_row)(rows, vecs, transposed, k + 1, A, lda, b, acc);
    }
  } else {
    for (ptrdiff_t k = 0; k < K; k++) {
      v16 b[MOST_VECS];
      UNROLL for (int j = 0; j < vecs; j++) b[j] = __builtin_convertvector(*(const b16u *)(B + (j / 2) * panel + k * INT8_ROW + (j % 2) * 16), v16);
      F(multiply_row)(rows, vecs, transposed, k, A, lda, b, acc);
    }
    UNROLL for (int j = 0; j < vecs; j++) {
      v16 scale = LOAD(scales + 16 * j);
      UNROLL for (int i = 0; i < rows; i++) acc[i][j] *= scale;
    }
  }
  if (columns >= 16 * vecs) {
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vecs; j++) {
      float *c = C + i * ldc + 16 * j;
      STORE(c, accumulate ? LOAD(c) + acc[i][j] : acc[i][j]);
    }
    return;
  }
  UNROLL for (int i = 0; i < rows; i++) {
    float row[16 * MOST_VECS];
    UNROLL for (int j = 0; j < vecs; j++) STORE(row + 16 * j, acc[i][j]);
    for (ptrdiff_t j = 0; j < columns; j++) C[i * ldc + j] = accumulate ? C[i * ldc + j] + row[j] : row[j];
  }
}

// Rows at a fixed number of vectors: `WIDE(rows)` where the columns are there, VECS, or one.
#define TILE_CASE(R)                                                                                                                  \
  case R:                                                                                                                             \
    if (vecs > VECS) F(tile)(form, R, WIDE(R), transposed, K, A, lda, B, panel, scales, C, ldc, columns, accumulate);                  \
    else if (vecs == VECS) F(tile)(form, R, VECS, transposed, K, A, lda, B, panel, scales, C, ldc, columns, accumulate);               \
    else F(tile)(form, R, 1, transposed, K, A, lda, B, panel, scales, C, ldc, columns, accumulate);                                    \
    break;

// A block of about 112 rows of A stays in the second-level cache while all panels of B pass by.
INLINE void F(product)(int form, ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A0, ptrdiff_t lda, int transposed, const char *packed,
  const float *all_scales, float *C0, ptrdiff_t ldc, int accumulate) {
  const ptrdiff_t block = (112 / ROWS) * ROWS;
  const ptrdiff_t panel = form == VK_FORM_FLOAT ? K * FLOAT_ROW : form == VK_FORM_BF16 ? (K + 1) / 2 * BF16_PAIR : K * INT8_ROW;
  const ptrdiff_t half = form == VK_FORM_INT8 ? 16 : 64;
  for (ptrdiff_t m = 0; m < M; m += block) {
    ptrdiff_t end = m + block < M ? m + block : M;
    ptrdiff_t widest = end - m < ROWS ? WIDE(end - m) : VECS, step;
    for (ptrdiff_t n = 0; n < N; n += step) {
      ptrdiff_t columns = N - n;
      int vecs = columns >= 16 * widest ? (int)widest : columns > 16 ? VECS : 1;
      step = 16 * vecs;
      const char *B = packed + (n / VK_PANEL) * panel + n % VK_PANEL / 16 * half;
      const float *scales = all_scales + (form == VK_FORM_INT8 ? n : 0);
      for (ptrdiff_t i = m; i < end; i += ROWS) {
        const float *A = transposed ? A0 + i : A0 + i * lda;
        float *C = C0 + i * ldc + n;
        switch (end - i < ROWS ? end - i : ROWS) { EACH_ROW_COUNT(TILE_CASE) }
      }
    }
  }
}
#undef TILE_CASE

static void F(gemm)(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A, ptrdiff_t lda, int transposed, const float *packed, float *C,
  ptrdiff_t ldc, int accumulate) {
  if (transposed) F(product)(VK_FORM_FLOAT, M, N, K, A, lda, 1, (const char *)packed, packed, C, ldc, accumulate);
  else F(product)(VK_FORM_FLOAT, M, N, K, A, lda, 0, (const char *)packed, packed, C, ldc, accumulate);
}

static void F(gemm_bf16)(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A, ptrdiff_t lda, const uint16_t *packed, float *C, ptrdiff_t ldc,
  int accumulate) {
  F(product)(VK_FORM_BF16, M, N, K, A, lda, 0, (const char *)packed, A, C, ldc, accumulate);
}

static void F(gemm_int8)(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A, ptrdiff_t lda, const int8_t *packed, const float *scales, float *C,
  ptrdiff_t ldc, int accumulate) {
  F(product)(VK_FORM_INT8, M, N, K, A, lda, 0, (const char *)packed, scales, C, ldc, accumulate);
}
