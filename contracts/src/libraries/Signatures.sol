// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title Who signed: a key by ecrecover, else a contract wallet by ERC-1271.
library Signatures {
    /// @dev Half the group order. A larger s is the mirror image of another valid signature: one signature, one encoding.
    uint256 internal constant MAX_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    /// @dev A wallet may check several keys (3,000 gas each), but cannot eat the gas of whoever brings a batch.
    uint256 internal constant WALLET_GAS = 50_000;

    /// @notice ecrecover goes first, so an account that delegates its code (EIP-7702) still signs with its key.
    function isValid(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        return _isValidKey(signer, digest, signature)
            || (signer.code.length != 0 && _isValidWallet(signer, digest, signature));
    }

    function _isValidKey(address signer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        if (signature.length != 65) return false;
        address recovered;
        uint256 s;
        // what `ecrecover(digest, v, r, s)` does, read straight from calldata: a sixth of the gas around the precompile
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, digest)
            mstore(add(data, 0x20), byte(0, calldataload(add(signature.offset, 0x40)))) // v
            calldatacopy(add(data, 0x40), signature.offset, 0x40) // r, s
            s := mload(add(data, 0x60))
            mstore(0, 0) // nothing is written over it when there is nobody to recover
            pop(staticcall(gas(), 1, data, 0x80, 0, 0x20))
            recovered := mload(0)
        }
        if (s > MAX_S) return false;
        // 0 stands for nonsense, which must not speak for the zero account
        return recovered == signer && recovered != address(0);
    }

    /// @dev Copies no more than one word of the answer: a wallet cannot make the caller pay for a long one.
    function _isValidWallet(address wallet, bytes32 digest, bytes calldata signature) private view returns (bool) {
        bytes memory data = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bool success;
        bytes32 answer;
        assembly ("memory-safe") {
            success := staticcall(WALLET_GAS, wallet, add(data, 0x20), mload(data), 0, 0x20)
            success := and(success, gt(returndatasize(), 0x1f))
            answer := mload(0)
        }
        return success && answer == bytes32(IERC1271.isValidSignature.selector);
    }
}
