// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";

/// @dev A contract wallet with one key.
contract KeyWallet is IERC1271 {
    address private immutable _key;

    constructor(address key) {
        _key = key;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        return
            ECDSA.recoverCalldata(digest, signature) == _key ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    function withdraw(IDealEscrow escrow, address to, uint256 amount) external {
        escrow.withdraw(to, amount);
    }
}

/// @dev Wallets that answer wrongly, each in its own way.
contract OddWallet is IERC1271 {
    enum Answer {
        Yes,
        WrongMagic,
        MagicWithDirt,
        Short,
        Nothing,
        Long,
        Revert,
        RevertWithMagic,
        BurnGas
    }

    Answer public answer;

    function set(Answer next) external {
        answer = next;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        bytes32 magic = bytes32(IERC1271.isValidSignature.selector);
        Answer kind = answer;
        if (kind == Answer.WrongMagic) magic = bytes32(uint256(magic) ^ (1 << 255));
        if (kind == Answer.MagicWithDirt) magic |= bytes32(uint256(1));
        uint256 size = kind == Answer.Short ? 4 : kind == Answer.Nothing ? 0 : kind == Answer.Long ? 8192 : 32;
        if (kind == Answer.BurnGas) while (true) size++;
        bool fail = kind == Answer.Revert || kind == Answer.RevertWithMagic;
        if (kind == Answer.Revert) size = 0;
        assembly {
            mstore(0, magic)
            if fail { revert(0, size) }
            return(0, size)
        }
    }
}
