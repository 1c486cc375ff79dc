// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @dev Has the money, and no function to give it back.
contract PaymentsWithoutRefund {
    receive() external payable {}
}

/// @dev Defect 1: a controller that calls what the contract with the money does not have.
contract SplitController {
    PaymentsWithoutRefund public immutable payments = new PaymentsWithoutRefund();

    function open() external payable {
        (bool success,) = address(payments).call{value: msg.value}("");
        require(success);
    }

    function timeout() external {
        (bool success,) = address(payments).call(abi.encodeWithSignature("refund(address)", msg.sender));
        require(success);
    }
}

/// @dev Defect 5: agreement to whatever stands there when the transaction arrives.
contract UnboundAgreement {
    uint256 private _price;

    function propose(uint256 price) external {
        _price = price;
    }

    function agree() external view returns (uint256) {
        return _price;
    }
}

/// @dev Defect 7: takes from whoever gave an allowance, for whoever asks.
contract AllowancePayments {
    IERC20 private immutable _token;

    constructor(IERC20 token) {
        _token = token;
    }

    function runJob(address payer, uint256 price) external {
        require(_token.transferFrom(payer, address(this), price));
    }
}

/// @dev Defect 10: a lot from what everybody knows already.
contract GuessableMediator {
    function pick(uint256 mediators) external view returns (uint256) {
        return uint256(keccak256(abi.encode(block.timestamp, msg.sender))) % mediators;
    }
}

/// @dev Defect 11: who signed the transaction, not who calls.
contract OriginAuthority {
    function whoActs() external view returns (address) {
        return tx.origin;
    }
}
