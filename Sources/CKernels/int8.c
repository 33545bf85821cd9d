// Weights in int8 with one scale for each row of W (each column of the product): packing. Symmetric, -127...127.
#include "CKernels.h"

#include <math.h>

void vk_pack_int8(ptrdiff_t first, ptrdiff_t rows, ptrdiff_t K, const float *W, ptrdiff_t ldw, int8_t *packed, float *scales) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = W + r * ldw;
    float most = 0;
    for (ptrdiff_t k = 0; k < K; k++) most = fabsf(row[k]) > most ? fabsf(row[k]) : most;
    ptrdiff_t n = first + r;
    int8_t *column = packed + n / VK_PANEL * VK_PANEL * K + n % VK_PANEL;
    float inverse = most > 0 ? 127.0f / most : 0;
    scales[n] = most / 127.0f;
    for (ptrdiff_t k = 0; k < K; k++) column[k * VK_PANEL] = (int8_t)lrintf(row[k] * inverse);
  }
}

void vk_unpack_int8(ptrdiff_t n, ptrdiff_t K, const int8_t *packed, const float *scales, float *out) {
  const int8_t *column = packed + n / VK_PANEL * VK_PANEL * K + n % VK_PANEL;
  for (ptrdiff_t k = 0; k < K; k++) out[k] = (float)column[k * VK_PANEL] * scales[n];
}
