// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Unordered nonces, 256 to a storage word.
/// @notice Proposals to several providers share one nonce, so exactly one of them can open.
library Nonces {
    struct Bitmap {
        mapping(address account => mapping(uint256 word => uint256 bits)) words;
    }

    function isUsed(Bitmap storage self, address account, uint256 nonce) internal view returns (bool) {
        return self.words[account][nonce >> 8] & _bit(nonce) != 0;
    }

    /// @return fresh whether the nonce was unused until now
    function use(Bitmap storage self, address account, uint256 nonce) internal returns (bool fresh) {
        mapping(uint256 word => uint256 bits) storage words = self.words[account];
        uint256 bits = words[nonce >> 8];
        fresh = bits & _bit(nonce) == 0;
        if (fresh) words[nonce >> 8] = bits | _bit(nonce);
    }

    function _bit(uint256 nonce) private pure returns (uint256) {
        return 1 << (nonce & 0xff);
    }
}
