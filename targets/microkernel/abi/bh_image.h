// A system image, what one slot holds, and the record that says which slot boots. C11 and C++20,
// freestanding, little endian. docs/image.md explains both.
//
// An image is, in blocks of 4096 bytes: the first block (struct bh_system, at BH_VERITY_OFFSET
// struct bh_verity, zeros), the hash tree, the component store (struct bh_archive, its entries and
// ELF files), the table blob padded with zeros. So every byte is vouched for: the first block by
// its own hash, the digest of the image; the store by the tree, whose root the first block has; the
// table by its hash, which the first block has.
//
// Superblock and tree are those of dm-verity, hash type 1 with SHA-256: the digest of a block is
// SHA-256(salt, block); a block of the tree holds the digests of 128 blocks below, its last one is
// padded with zeros; the levels follow each other from the top down to the digests of the store.
#pragma once

#include "targets/microkernel/abi/bh_table.h"

#define BH_SYSTEM_MAGIC UINT64_C(0x314d545359534842) /* "BHSYSTM1" */
#define BH_SYSTEM_VERSION 1u
#define BH_BLOCK_BYTES 4096u
#define BH_BLOCK_DIGESTS 128u
#define BH_VERITY_OFFSET 512u

// Physical addresses of the slots A and B. The loader puts an image into each (QEMU: -device
// loader,file=system.img,addr=0x44000000,force-raw=on).
#define BH_SLOT_ADDRESS UINT64_C(0x44000000)
#define BH_SLOT_BYTES UINT64_C(0x01800000)
#define BH_SLOTS 2u

struct bh_system {
  uint64_t magic;          /* BH_SYSTEM_MAGIC */
  uint8_t sha256[32];      /* the digest: of everything after this field in the first block */
  uint32_t format_version; /* BH_SYSTEM_VERSION */
  uint32_t store_offset;   /* = 4096 + the tree */
  uint32_t table_offset;   /* = store_offset + 4096 * bh_verity.data_blocks */
  uint32_t total_bytes;    /* of the image */
  uint64_t policy_version; /* = that of the table */
  uint8_t root_hash[32];
  uint8_t table_sha256[32]; /* = bh_header.sha256 of the table */
  uint32_t healthy_ms;      /* after an upgrade to it, it has to report healthy within; never 0 */
  uint32_t reserved;
};

struct bh_verity {
  uint8_t signature[8]; /* "verity\0\0" */
  uint32_t version;     /* 1 */
  uint32_t hash_type;   /* 1 */
  uint8_t uuid[16];
  uint8_t algorithm[32];    /* "sha256", zeros */
  uint32_t data_block_size; /* BH_BLOCK_BYTES, as is the next */
  uint32_t hash_block_size;
  uint64_t data_blocks;
  uint16_t salt_size; /* at most 256 */
  uint8_t reserved0[6];
  uint8_t salt[256];
  uint8_t reserved1[168];
};

// ---- which slot boots --------------------------------------------------------------------------
// Kept twice in flash, in erase blocks of their own: the record with sequence n lies in block n % 2
// from its start, so that the one before it survives while it is written. The sound one with the
// higher sequence counts. Flash that reads as zeros is none.
#define BH_RECORD_MAGIC UINT64_C(0x3145544154534842) /* "BHSTATE1" */

struct bh_boot_record {
  uint64_t magic;               /* BH_RECORD_MAGIC */
  uint64_t sequence;            /* grows with each record */
  uint64_t lowest_version;      /* an image with a lower policy version is refused */
  uint8_t active;               /* the slot that boots */
  uint8_t trial;                /* the slot that boots instead while tries are left, or BH_NONE8 */
  uint8_t tries;                /* 0 without a trial */
  uint8_t reserved[5];          /* zero */
  uint8_t digest[BH_SLOTS][32]; /* of the image trusted in each slot; zeros: none */
  uint8_t sha256[32];           /* of everything before it */
};
